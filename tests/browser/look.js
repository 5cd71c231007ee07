// What a browser sees of pages: `node look.js CHROMIUM PAGE ...` prints a list as JSON.
const { chromium } = require('playwright-core');

const LOOKS = [
  { width: 360, scheme: 'light', media: 'screen' },
  { width: 360, scheme: 'dark', media: 'screen' },
  { width: 800, scheme: 'light', media: 'screen' },
  { width: 1240, scheme: 'dark', media: 'screen' },
  { width: 700, scheme: 'light', media: 'print' },
];

let axe = null;
try { axe = require.resolve('axe-core'); } catch { /* its test is skipped */ }

async function look(browser, file, { width, scheme, media }) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, bypassCSP: axe !== null });
  const page = await context.newPage();
  const said = [];
  let requests = 0;
  page.on('request', () => requests++);
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await page.emulateMedia({ media, colorScheme: scheme });
  await page.goto('file://' + file);
  const seen = await page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - innerWidth,
    height: document.documentElement.scrollHeight,
    paper: getComputedStyle(document.documentElement).backgroundColor,
    smallest: Math.min(...[...document.querySelectorAll('body *')]
      .filter((one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
      .map((one) => parseFloat(getComputedStyle(one).fontSize))),
  }));
  const before = requests;
  let found = [];
  if (axe && media === 'screen') {
    await page.addScriptTag({ path: axe });
    const result = await page.evaluate(() => axe.run());
    found = result.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
      .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
  }
  await context.close();
  return { file, width, scheme, media, requests: before, said, ...seen, axe: found };
}

(async () => {
  const [path, ...files] = process.argv.slice(2);
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-first-run', '--disable-quic'];
  const browser = await chromium.launch({ executablePath: path, args: flags });
  const looks = [];
  for (const file of files) for (const way of LOOKS) looks.push(await look(browser, file, way));
  await browser.close();
  console.log(JSON.stringify(looks));
})();
