/** A paragraph that is nothing but a link is made one in HTML; one within other words stays text, whoever wrote it. */
const link = /^https?:\/\/\S+$/;

/** The paragraphs as plain text, with a blank line between them. */
export function textBody(paragraphs: readonly string[]): string {
  return `${paragraphs.map(oneLine).join('\n\n')}\n`;
}

/** The same paragraphs as HTML, which loads nothing from anywhere. */
export function htmlBody(subject: string, paragraphs: readonly string[]): string {
  const body = paragraphs.map((paragraph) => `<p>${content(oneLine(paragraph))}</p>`).join('\n');
  const title = escaped(oneLine(subject));
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
${body}
</body>
</html>
`;
}

function content(paragraph: string): string {
  const text = escaped(paragraph);
  return link.test(paragraph) ? `<a href="${text}">${text}</a>` : text;
}

/** What somebody typed in, a name for one, begins no paragraph of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
