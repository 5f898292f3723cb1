import { applicationName } from '../core/mail/rules';

/** What a page of an account shows; texts are escaped here and nowhere else. */
export interface Page {
  title: string;
  text: string;
  /** What went wrong with the last try. */
  fault?: string;
  form?: { action: string; token: string; asksPassword: boolean; button: string };
}

export const STYLE_PATH = '/account/style.css';

/** Plain HTML that works without scripts, for narrow and wide windows, for eyes and screen readers. */
export function htmlOf({ title, text, fault, form }: Page): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>${escaped(title)} – ${escaped(applicationName())}</title>
    <link rel="stylesheet" href="${STYLE_PATH}" />
    <link rel="icon" href="data:," />
  </head>
  <body>
    <main>
      <p class="app">${escaped(applicationName())}</p>
      <h1>${escaped(title)}</h1>
      <p id="text">${escaped(text)}</p>
      ${fault ? `<p id="fault" role="alert">${escaped(fault)}</p>` : ''}
      ${form ? formOf(form, fault !== undefined) : ''}
    </main>
  </body>
</html>
`;
}

function formOf({ action, token, asksPassword, button }: NonNullable<Page['form']>, isFaulty: boolean): string {
  return `<form method="post" action="${escaped(action)}">
        <input type="hidden" name="token" value="${escaped(token)}" />
        ${asksPassword ? passwordFields(isFaulty) : ''}
        <button type="submit">${escaped(button)}</button>
      </form>`;
}

function passwordFields(isFaulty: boolean): string {
  const field = (name: string, label: string): string =>
    `<label for="${name}">${label}</label>
        <input id="${name}" name="${name}" type="password" autocomplete="new-password" required minlength="8"
          aria-describedby="${isFaulty ? 'fault text' : 'text'}"${isFaulty ? ' aria-invalid="true"' : ''} />`;
  return `${field('password', 'New password')}
        ${field('repeated', 'The same once more')}`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

export const STYLE = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { box-sizing: border-box; max-width: 26rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.25rem 0 1rem; overflow-wrap: anywhere; }
.app { margin: 0; opacity: 0.75; overflow-wrap: anywhere; }
#fault { border-left: 0.25rem solid #c62828; padding-left: 0.75rem; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input, button { box-sizing: border-box; width: 100%; min-height: 2.75rem; font: inherit; padding: 0.5rem 0.75rem; }
button { margin-top: 1.5rem; font-weight: 600; cursor: pointer; }
`;
