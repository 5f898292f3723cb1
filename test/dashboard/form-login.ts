import { testServer } from '../harness/app';

/** Sends the form of the dashboard's login; the page's token and cookie come first, as in a browser. */
export async function sendForm(username: string, password: string): Promise<Response> {
  const { url } = testServer();
  const page = await fetch(`${url}/dashboard/login`);
  const csrf = /<script id="csrf" type="application\/json">"([^"]+)"/.exec(await page.text())?.[1] ?? '';
  return fetch(`${url}/dashboard/login`, {
    method: 'POST',
    body: new URLSearchParams({ username, password, _csrf: csrf }),
    headers: { cookie: cookiesOf(page) },
    redirect: 'manual',
  });
}

/** Where the form leads to. */
export async function formLogin(username: string, password: string): Promise<string | null> {
  return (await sendForm(username, password)).headers.get('location');
}

export const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
