/** What the marks of the page look like; each stands on a ground of at least 4.5:1. */
export const pageStyle = `
.swagger-ui .access-banner { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding-bottom: 20px;
  font-family: sans-serif; font-size: 14px; line-height: 1.5; color: #3b4151; overflow-wrap: anywhere; }
.swagger-ui .access-marks { display: flex; flex-wrap: wrap; gap: 6px; padding: 0 10px 8px; }
.swagger-ui .access-mark { padding: 1px 8px; border: 1px solid #8c93a1; border-radius: 10px; background: #fff;
  font-family: sans-serif; font-size: 12px; line-height: 18px; color: #3b4151; overflow-wrap: anywhere; }
.swagger-ui .access-open { border-color: #1a7f4b; color: #14663b; }
.swagger-ui .access-yes { border-color: #14663b; background: #14663b; color: #fff; }
.swagger-ui .access-own { border-color: #1d5fa8; background: #1d5fa8; color: #fff; }
.swagger-ui .access-no { border-color: #a32020; background: #fdeaea; color: #8f1b1b; }
.swagger-ui .access-unknown { border-style: dashed; }
.swagger-ui .access-limit { border-color: transparent; background: transparent; padding: 1px 2px; color: #5a6272; }
.swagger-ui .access-operation[data-access=no] .opblock-summary-method { filter: grayscale(1); opacity: .75; }
html.dark-mode .swagger-ui .access-banner, html.dark-mode .swagger-ui .access-limit { color: #d8dce5; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 10px; }
  .swagger-ui .opblock .opblock-summary-control { flex-wrap: wrap; min-width: 0; }
  .swagger-ui .opblock .opblock-summary-path { flex: 1 1 60%; max-width: 100%; overflow-wrap: anywhere; word-break: break-word; }
  .swagger-ui .opblock .opblock-summary-description { flex: 1 1 100%; padding: 4px 0; text-align: left; }
  .swagger-ui table.parameters, .swagger-ui .responses-table { display: block; overflow-x: auto; }
}
`;
