export { AccessAnalysisModule } from './access-analysis.module.js';
