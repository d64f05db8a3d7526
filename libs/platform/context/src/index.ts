export { RequestContext, type RequestFacts } from './request-context.js';
