// Does to the playground what a reader does, and prints what is then to be seen: `node playground.js CHROMIUM PAGE`.
const { chromium } = require('playwright-core');

let axe = null;
try { axe = require.resolve('axe-core'); } catch { /* its test is skipped */ }

const seen = {};
const said = [];
let requests = 0;

async function opened(browser, file, options, hash = '') {
  const context = await browser.newContext({ viewport: { width: 1240, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on('request', () => requests++);
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await page.goto(`file://${file}${hash}`);
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  await settled(page);
  return page;
}

// What the page shows once it has drawn, and said the rest.
async function settled(page) {
  await page.waitForTimeout(100);
  await page.waitForFunction(() => document.documentElement.dataset.settled);
  return page.evaluate(() => {
    const text = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent);
    const value = (id) => document.getElementById(id).value;
    const cells = [...document.querySelectorAll('#errors tr')].map((row) => [...row.cells].map((cell) => cell.textContent));
    return {
      logits: [...document.querySelectorAll('.track-of-logit')].map((one) => Number(one.getAttribute('aria-valuenow'))),
      softmax: text('#rows [data-of=softmax]'), log: text('#rows [data-of=log]'), sparsemax: text('#rows [data-of=sparsemax]'),
      slopes: text('#slopes .of'), shares: [...document.querySelectorAll('.bar-of-share')].map((one) => parseFloat(one.style.width)),
      out: document.querySelectorAll('.line.out').length, cells, finding: text('#finding')[0], spread: text('#spread')[0],
      loss: text('#said-loss')[0], naive: text('#said-naive')[0], spoken: text('#spoken')[0], hash: location.hash,
      classes: value('classes'), format: document.querySelector('[name=format]:checked').value,
      overflow: document.documentElement.scrollWidth - innerWidth, paper: getComputedStyle(document.documentElement).backgroundColor,
    };
  });
}

async function at(page, selector, x, y = 0.5) {
  const box = await page.locator(selector).boundingBox();
  return [box.x + x * box.width, box.y + y * box.height];
}

async function drag(page, selector, from, to) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  await page.mouse.move(...await at(page, selector, ...from));
  await page.mouse.down();
  await page.mouse.move(...await at(page, selector, ...to), { steps: 8 });
  await page.mouse.up();
}

const track = (name) => `[aria-label="logit of ${name}"]`;

async function withMouseAndKeys(browser, file) {
  const page = await opened(browser, file, {});
  const keep = async (name) => { seen[name] = await settled(page); };
  const press = async (name, selector, ...keys) => {
    await page.locator(selector).focus();
    for (const key of keys) await page.keyboard.press(key);
    await keep(name);
  };
  await keep('at first');
  await drag(page, track('a'), [0.6], [0.9]);
  await keep('a dragged');
  await press('b by an arrow', track('b'), 'ArrowRight');
  await press('b by a page', track('b'), 'PageDown');
  await press('b to the end', track('b'), 'End');
  await press('b home', track('b'), 'Home');
  await page.locator('[aria-label="logit of c, as a number"]').fill('1000');
  await keep('c typed');
  await page.locator('[aria-label="a is true"]').check();
  await keep('a true');
  await page.locator('#example').selectOption('three classes');
  await keep('three classes');
  await page.locator('[aria-label="a is true"]').check();
  await page.locator('#step').click();
  await keep('a step');
  await page.locator('#example').selectOption('logits of 12 in float16');
  await keep('float16');
  for (const format of ['bfloat16', 'float32', 'float64']) {
    await page.locator(`[value=${format}]`).check();
    await keep(format);
  }
  await page.locator('#example').selectOption('a language model’s next word');
  await keep('words');
  await press('hotter', '#temperature', 'End');
  await press('top-k of 1', '#top-k', 'Home', 'ArrowRight');
  await press('all again', '#top-k', 'Home');
  await press('top-p of 0', '#top-p', 'Home');
  await press('top-p of 1', '#top-p', 'End');
  await page.locator('#classes').fill('5');
  await press('five classes', '#classes', 'Enter');
  await page.evaluate(() => { location.hash = '#z=0,0&y=1'; });
  await keep('another address');
  await page.goto('about:blank');
  await page.goto(`file://${file}${seen['top-k of 1'].hash}`);
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  await keep('the address again');
  await page.evaluate(() => { location.hash = '#z=1,x,&t=-3&k=1e9&p=no&y=99&d=float8'; });
  await keep('no address');
}

async function withManyClasses(browser, file) {
  const page = await opened(browser, file, { colorScheme: 'dark' });
  await page.locator('#example').selectOption('a thousand classes');
  seen['a thousand classes'] = await settled(page);
  await drag(page, '#field-logits', [0.25, 0.1], [0.75, 0.1]);
  seen['drawn'] = await settled(page);
  await page.locator('#field-logits').focus();
  for (const key of ['Home', 'ArrowRight', 'ArrowUp', 'PageUp', 'Enter']) await page.keyboard.press(key);
  seen['by keys'] = await settled(page);
  seen.took = await page.evaluate(async () => {
    const canvas = document.getElementById('field-logits');
    const box = canvas.getBoundingClientRect();
    canvas.setPointerCapture = () => {};
    canvas.hasPointerCapture = () => true;
    const tell = (kind, x) => canvas.dispatchEvent(new PointerEvent(kind, { clientX: box.left + x * box.width, clientY: box.top + 20 }));
    tell('pointerdown', 0);
    const took = [];
    for (let i = 0; i < 60; i++) {
      tell('pointermove', i / 60);
      await new Promise((resume) => requestAnimationFrame(() => setTimeout(resume)));
      took.push(Number(document.documentElement.dataset.took));
    }
    tell('pointerup', 1);
    return took;
  });
}

async function withFingers(browser, file) {
  const page = await opened(browser, file, { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true });
  seen['a phone'] = await settled(page);
  await page.locator(track('b')).scrollIntoViewIfNeeded();
  const cdp = await page.context().newCDPSession(page);
  const touch = async (type, x) => {
    const [left, top] = await at(page, track('b'), x);
    await cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: left, y: top }] });
  };
  await touch('touchStart', 0.7);
  for (const x of [0.6, 0.5, 0.4, 0.3, 0.2]) await touch('touchMove', x);
  await touch('touchEnd');
  seen['b by a finger'] = await settled(page);
  await page.locator('#example').selectOption('a thousand classes');
  seen['a thousand on a phone'] = await settled(page);
}

async function accessible(browser, file) {
  const found = [];
  for (const colorScheme of ['light', 'dark']) {
    const page = await opened(browser, file, { colorScheme, bypassCSP: true });
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => axe.run());
    found.push(...violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`));
  }
  return found;
}

(async () => {
  const [executablePath, file] = process.argv.slice(2);
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-first-run', '--disable-quic'];
  const browser = await chromium.launch({ executablePath, args });
  await withMouseAndKeys(browser, file);
  await withManyClasses(browser, file);
  await withFingers(browser, file);
  const asked = requests;
  const ready = await (await opened(browser, file, {})).evaluate(() => Number(document.documentElement.dataset.ready));
  const found = axe ? await accessible(browser, file) : [];
  await browser.close();
  console.log(JSON.stringify({ seen, said, requests: asked, ready, axe: found }));
})();
