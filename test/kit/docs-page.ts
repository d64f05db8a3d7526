import type { Browser, Locator, Page } from 'playwright-core';

/** Swagger UI as somebody uses it, and what goes wrong meanwhile. */
export class DocsPage {
  /** What a reader of the console would see, what the policy of the page forbids, and what is asked of other hosts. */
  readonly troubles: string[] = [];
  /** Every request, but for the page's own files. */
  readonly calls: string[] = [];

  private constructor(
    readonly page: Page,
    url: string,
  ) {
    page.setDefaultTimeout(10_000);
    page.on('pageerror', ({ message }) => this.troubles.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') this.troubles.push(line.text());
    });
    page.on('request', (request) => {
      const { origin, protocol, pathname } = new URL(request.url());
      if (protocol === 'data:') return;
      if (origin !== url) this.troubles.push(`${request.method()} ${request.url()}`);
      if (!pathname.startsWith('/docs')) this.calls.push(`${request.method()} ${pathname}`);
    });
  }

  static async open(browser: Browser, url: string): Promise<DocsPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const docs = new DocsPage(await context.newPage(), url);
    await docs.page.goto(`${url}/docs`);
    await docs.page.locator('.access-marks').first().waitFor();
    return docs;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  /** Pastes an access token under Authorize, in the place of one that is there. */
  async authorize(token: string): Promise<void> {
    await this.page.locator('button.authorize').first().click();
    const bearer = this.page.locator('.auth-container').first();
    const leave = bearer.getByLabel('Remove authorization');
    if (await leave.isVisible()) await leave.click();
    await bearer.locator('input').fill(token);
    await bearer.getByLabel('Apply credentials').click();
    await this.page.locator('.close-modal').click();
  }

  /** Opens an operation, sends it with this body, and answers its status and the text of its answer. */
  async execute(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
    const operation = this.operation(method, path);
    const opened = await operation.evaluate((element) => element.classList.contains('is-open'));
    if (!opened) await operation.locator('.opblock-summary-control').click();
    if (body !== undefined) await operation.locator('textarea.body-param__text').fill(JSON.stringify(body));
    const answered = this.page.waitForResponse(
      (response) => response.request().method() === method && new URL(response.url()).pathname === path,
    );
    await operation.locator('button.execute').click();
    const response = await answered;
    const shown = operation.locator('.live-responses-table .response').first();
    await shown.locator('.response-col_status').getByText(String(response.status())).waitFor();
    const text = shown.locator('.highlight-code code, .microlight').first();
    return { status: response.status(), text: response.status() === 204 ? '' : await text.innerText() };
  }

  /** The marks of an operation: what kind its verdict is, and all that is written there. */
  async marks(method: string, path: string): Promise<[string | null, string[]]> {
    const marked = this.operation(method, path).locator('.access-operation');
    return [await marked.getAttribute('data-access'), await marked.locator('.access-mark').allInnerTexts()];
  }

  /** How many operations have a verdict of each kind. */
  async kinds(): Promise<Record<string, number>> {
    const kinds = await this.page
      .locator('.access-operation')
      .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-access') ?? ''));
    return Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((one) => one === kind).length]));
  }

  /** Waits until the line that says who the page calls as has this in it. */
  async says(text: string): Promise<void> {
    await this.page.locator('.access-banner', { hasText: text }).waitFor();
  }

  private operation(method: string, path: string): Locator {
    return this.page.locator(`.opblock-${method.toLowerCase()}`, {
      has: this.page.locator(`.opblock-summary-path[data-path="${path}"]`),
    });
  }
}
