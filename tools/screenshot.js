// A picture of a page, and how many requests it makes: `node screenshot.js CHROMIUM PAGE PICTURE WIDTH HEIGHT [light|dark]`.
// Node finds playwright-core where NODE_PATH leads to it.
const { chromium } = require('playwright-core');

(async () => {
  const [executablePath, file, path, width, height, colorScheme = 'light'] = process.argv.slice(2);
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-first-run', '--disable-quic'];
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage({ viewport: { width: +width, height: +height }, colorScheme });
  let requests = 0;
  page.on('request', (request) => { requests += !request.url().startsWith('data:') && !request.url().startsWith('blob:'); });
  await page.goto('file://' + file);
  await page.waitForTimeout(1000);
  await page.screenshot({ path });
  await browser.close();
  console.log(requests);
})();
