// Shows what /live sends, and makes calls. Data from elsewhere is shown as text, never as HTML.

const CALL_EVERY = { simulator: 2_000, a55: 6_000 }; // A pair of calls; A55 allows 100 calls a minute
const CALL_ACCOUNTS_AFTER = 500;
const MAX_CALLS_UNDER_WAY = 8;
const CALL_TIMEOUT = 40_000;
const RECONNECT_AFTER = 2_000;
const LOG_ENTRIES = 8;
const MAX_RESPONSE = 300;

const TROUBLES = {
  'token-failure': 'The token endpoint fails',
  'shop-token-failure': 'The token endpoint fails for the shop',
  'rate-limit': 'The rate is limited',
  'slow-api': 'A55 is slow',
};

const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const stillness = matchMedia('(prefers-reduced-motion: reduce)');

const ABOUT_REVOKE = $('about-revoke').textContent;

let source; // The connection to /live
let reconnecting;
let snapshot; // The last one
let clockOffset = 0; // How far the clock of the application is ahead of the clock of the browser
const bars = new Map(); // The token of each account: of the default one, whose elements have no prefix, and of the others
let keepCalling; // Undefined until the first snapshot says whether there is a simulator
let callsUnderWay = 0;
let nextCallAt = 0;
let query = '';
let walletId;

/* What is shown */

function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function element(name, text, attributes = {}) {
  const created = document.createElement(name);
  created.textContent = text ?? '';
  for (const [key, value] of Object.entries(attributes)) {
    created.setAttribute(key, value);
  }
  return created;
}

function now() {
  return Date.now() + clockOffset;
}

function time(instant) {
  return (instant === undefined) ? '' : clock.format(instant - clockOffset);
}

function parse(instant) {
  return (instant == null) ? undefined : Date.parse(instant);
}

function plural(count, one, many = `${one}s`) {
  return `${number.format(count)} ${(count === 1) ? one : many}`;
}

function duration(seconds) {
  return (seconds < 100) ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function log(text, kind = '') {
  const entry = element('li', '', { class: kind });
  entry.append(element('time', time(now())), text);
  $('log').prepend(entry);
  while ($('log').children.length > LOG_ENTRIES) {
    $('log').lastChild.remove();
  }
}

/* The live part */

function connect() {
  disconnect('connecting');
  source = new EventSource('/live');
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = () => {
    if (isLive()) {
      log('The application does not respond', 'bad');
    }
    showConnection(false, 'disconnected, trying again');
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(reconnecting);
      reconnecting = setTimeout(connect, RECONNECT_AFTER);
    }
  };
}

// A browser has six connections to a host, for all pages that are open or kept in its history
function disconnect(state = 'paused') {
  clearTimeout(reconnecting);
  source?.close();
  showConnection(false, state);
}

function isLive() {
  return $('connection').classList.contains('live');
}

function showConnection(live, state) {
  $('connection').classList.toggle('live', live);
  setText($('connection'), state);
}

function show(next) {
  const restarted = snapshot && next.calls.count < snapshot.calls.count;
  const previous = restarted ? undefined : snapshot;
  snapshot = next;
  clockOffset = Date.parse(next.now) - Date.now();
  showConnection(true, 'live');
  showMode();
  showTokens();
  showCounters();
  showCalls();
  showSimulator();
  if (previous) {
    logChanges(previous, next);
  }
}

function showMode() {
  $('mode').hidden = false;
  setText($('mode'), snapshot.simulator ? 'simulator' : 'A55');
  if (keepCalling === undefined) {
    setKeepCalling(Boolean(snapshot.simulator));
    if (!snapshot.simulator) {
      setText($('wallets-note'), 'Enter whose wallets to show.');
    }
  }
}

class TokenBar {

  constructor(prefix = '') {
    this.prefix = prefix;
    this.life = undefined; // Issue, renewal point and end of the current token
    this.token = undefined;
  }

  $(id) {
    return $(this.prefix + id);
  }

  renewalFailed() {
    return this.token.lastOutcome != null && this.token.lastOutcome !== 'success';
  }

  show(token) {
    this.token = token;
    const issued = parse(token.issued);
    const expires = parse(token.expires);
    const nextTry = parse(token.nextTry);
    if (issued === undefined || expires === undefined) {
      this.life = undefined;
    }
    else {
      // After a failed renewal, the snapshot has the time of the next attempt instead of the renewal point
      const renewal = this.renewalFailed() ? (this.life?.issued === issued ? this.life.renewal : undefined) : nextTry;
      this.life = { issued, expires, renewal };
    }
    const bar = this.$('life');
    bar.classList.toggle('none', !this.life);
    setText(this.$('issued'), time(this.life?.issued));
    setText(this.$('renewal'), time(this.life?.renewal));
    setText(this.$('expires'), time(this.life?.expires));
    bar.querySelector('.renewal').hidden = !this.life?.renewal;
    bar.querySelector('.at-renewal').hidden = !this.life?.renewal;
    bar.querySelector('.renewing').hidden = !this.life?.renewal;
    this.place('--renewal', this.life?.renewal);
    const tryMark = bar.querySelector('.try');
    tryMark.hidden = !(this.life && this.renewalFailed() && nextTry < this.life.expires);
    this.place('--try', nextTry);
    this.showState(nextTry);
    this.tick();
  }

  place(property, instant) {
    if (this.life && instant !== undefined) {
      const part = (instant - this.life.issued) / (this.life.expires - this.life.issued);
      this.$('life').style.setProperty(property, Math.min(1, Math.max(0, part)));
    }
  }

  showState(nextTry) {
    let kind = '';
    let text;
    if (this.token.status === 'UP') {
      text = 'Valid: no call waits for it.';
      if (this.renewalFailed()) {
        kind = 'warn';
        text = `Its renewal failed, and no call notices. Next attempt at ${time(nextTry)}.`;
      }
      else if (this.life?.renewal <= now()) {
        text = 'Due: the next call renews it in the background, and does not wait.';
      }
    }
    else if (this.renewalFailed()) {
      kind = 'bad';
      text = `There is none, and calls fail at once with the reason. Next attempt at ${time(nextTry)}.`;
    }
    else {
      text = 'None yet: the next call requests one.';
    }
    this.$('token').className = `card token ${kind}`;
    setText(this.$('token-state'), text);
  }

  // Moves the bar between two snapshots
  tick() {
    this.place('--now', now());
    const seconds = this.life ? Math.max(0, Math.ceil((this.life.expires - now()) / 1_000)) : 0;
    setText(this.$('token-left'), this.life ? `${duration(seconds)} left` : '');
  }

}

// Each account has a copy of the first card, with ids of its own
function addAccount(name) {
  const prefix = `${name}-`;
  const card = $('token').cloneNode(true);
  for (const copied of [card, ...card.querySelectorAll('[id]')]) {
    copied.id = prefix + copied.id;
  }
  card.setAttribute('aria-labelledby', `${prefix}token-title`);
  [...document.querySelectorAll('.token')].at(-1).after(card);
  setText($(`${prefix}token-title`), `Access token of the account \u201c${name}\u201d`);
  $(`${prefix}account-count`).hidden = false;
  return new TokenBar(prefix);
}

function showTokens() {
  bars.get('default').show(snapshot.token);
  for (const account of snapshot.accounts) {
    if (!bars.has(account.name)) {
      bars.set(account.name, addAccount(account.name));
    }
    const bar = bars.get(account.name);
    bar.show(account.token);
    setText(bar.$('account-count'), `${plural(account.calls, 'API call')}, ${number.format(account.failures)} failed. `
      + `${plural(account.fetches + account.failedFetches, 'token request')}, ${number.format(account.failedFetches)} failed.`);
  }
}

function animate() {
  if (!stillness.matches) {
    bars.forEach((bar) => bar.tick());
  }
  requestAnimationFrame(animate);
}

function showCounters() {
  const { meters, calls } = snapshot;
  const fetches = meters.fetches + meters.failedFetches;
  setText($('call-count'), number.format(calls.count));
  setText($('call-note'), calls.count === 0 ? 'none yet' : calls.failures === 0 ? 'none failed' : `${number.format(calls.failures)} failed`);
  setText($('fetch-count'), number.format(fetches));
  setText($('fetch-note'), fetches === 0 ? 'none yet' : meters.failedFetches === 0 ? 'none failed' : `${number.format(meters.failedFetches)} failed`);
  setText($('replays'), number.format(meters.replays));
  setText($('retries'), number.format(meters.retries));
  setText($('evictions'), number.format(meters.evictions));
}

function failed(call) {
  return call.status == null || call.status >= 400;
}

function describe(call) {
  return `${call.path.replace(/^\/api\/v1/, '')}: ${call.status ?? 'no response'}, ${number.format(call.millis)} ms`;
}

function showCalls() {
  const calls = snapshot.calls.last;
  if (calls.length === 0) {
    return;
  }
  const strip = $('strip');
  const newest = calls.at(-1).number;
  if (strip.dataset.newest === String(newest)) {
    return;
  }
  strip.dataset.newest = newest;
  const slowest = Math.max(...calls.map((call) => call.millis));
  const median = calls.map((call) => call.millis).sort((a, b) => a - b)[Math.floor(calls.length / 2)];
  strip.replaceChildren(...calls.map((call) => {
    const bar = element('i', '', { title: describe(call), class: failed(call) ? 'failed' : 'ok' });
    // On a logarithmic scale, so that 8 ms and 800 ms are both seen
    bar.style.setProperty('--height', Math.log10(1 + call.millis) / Math.max(3, Math.log10(1 + slowest)));
    return bar;
  }));
  const failures = calls.filter(failed).length;
  const summary = `Median ${number.format(median)} ms, slowest ${number.format(slowest)} ms, ${(failures === 0) ? 'none' : number.format(failures)} failed`;
  setText($('strip-note'), summary);
  strip.setAttribute('aria-label', summary);
}

function showSimulator() {
  const simulator = snapshot.simulator;
  $('trouble').hidden = !simulator;
  $('load').hidden = !simulator;
  if (!simulator) {
    return;
  }
  for (const button of document.querySelectorAll('[data-trouble]')) {
    button.setAttribute('aria-pressed', simulator.troubles.includes(button.dataset.trouble));
  }
  const pause = simulator.revocableFrom ? Math.ceil((parse(simulator.revocableFrom) - now()) / 1_000) : 0;
  $('revoke').setAttribute('aria-disabled', pause > 0);
  setText($('revoke'), (pause > 0) ? `Revoke again in ${pause} s` : 'Revoke the token');
  setText($('about-revoke'), (pause > 0)
    ? 'Done. The next token is kept for half a minute, so that a missing permission does not cost tokens.' : ABOUT_REVOKE);
}

function logChanges(before, after) {
  const grown = (name) => after.meters[name] - before.meters[name];
  const troubles = (state) => state.simulator?.troubles ?? [];
  for (const trouble of Object.keys(TROUBLES)) {
    if (troubles(after).includes(trouble) !== troubles(before).includes(trouble)) {
      log(troubles(after).includes(trouble) ? TROUBLES[trouble] : `${TROUBLES[trouble]}: no longer`);
    }
  }
  if (grown('evictions') > 0) {
    log('A55 refused the token: it is replaced, and the calls are retried', 'warn');
  }
  if (grown('failedFetches') > 0) {
    const cause = after.token.lastOutcome?.replace(/ The next attempt.*/, '');
    if (after.token.status === 'UP') {
      log(`The token is not renewed and remains in use: ${cause}`, 'warn');
    }
    else {
      log(`No token: ${cause}`, 'bad');
    }
  }
  if (grown('fetches') > 0) {
    const first = before.meters.fetches === 0;
    log(first ? 'The first call requested a token' : `A new token, after ${plural(after.calls.count, 'call')} in all`);
  }
}

/* Calls */

function setKeepCalling(on) {
  keepCalling = on;
  $('keep-calling').setAttribute('aria-pressed', on);
}

async function call(path, problem = $('problem')) {
  callsUnderWay++;
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(CALL_TIMEOUT) });
    const body = await response.json();
    if (!response.ok) {
      const said = [body.title, body.detail, body.response?.slice(0, MAX_RESPONSE)].filter(Boolean);
      throw new Error(said.join(': ') || `Status ${response.status}`);
    }
    setText(problem, '');
    return body;
  }
  catch (error) {
    setText(problem, error.message);
    return undefined;
  }
  finally {
    callsUnderWay--;
  }
}

// A55 does not document the envelope of its lists
function list(body, id) {
  if (Array.isArray(body)) {
    return body;
  }
  return (id in body) ? [body] : Object.values(body).find(Array.isArray) ?? [];
}

async function callBoth() {
  const wallets = call(`/wallets${query}`).then((body) => body && showWallets(list(body, 'wallet_uuid')));
  if (query && !walletId) {
    await wallets; // Only then is known whose charges to show
  }
  const asked = walletId;
  if (asked || !query) {
    const body = await call(asked ? `/charges?wallet_uuid=${encodeURIComponent(asked)}` : '/charges');
    if (body && (!asked || asked === walletId)) {
      showCharges(list(body, 'charge_uuid'));
    }
  }
  else {
    showCharges([]);
  }
}

function callOnAndOn() {
  const someoneToAskFor = snapshot?.simulator || query;
  if (keepCalling && isLive() && someoneToAskFor && callsUnderWay < MAX_CALLS_UNDER_WAY
      && Date.now() >= nextCallAt) {
    nextCallAt = Date.now() + (snapshot.simulator ? CALL_EVERY.simulator : CALL_EVERY.a55);
    callBoth();
    setTimeout(callAccounts, CALL_ACCOUNTS_AFTER);
  }
}

// A little later, so that the limited rate affects the pair of calls only
function callAccounts() {
  for (const { name } of snapshot.accounts) {
    call(`/accounts/${encodeURIComponent(name)}/wallets${query}`, bars.get(name).$('token-problem'));
  }
}

// Does not touch a table that would look the same, so that it keeps the focus
function fill(id, rows, toRow, emptyNote) {
  const state = JSON.stringify([rows, walletId]);
  const table = $(id);
  if (table.dataset.state === state) {
    return;
  }
  table.dataset.state = state;
  const focused = table.contains(document.activeElement) ? document.activeElement.dataset.wallet : undefined;
  table.tBodies[0].replaceChildren(...rows.map(toRow));
  if (focused) {
    table.querySelector(`[data-wallet="${CSS.escape(focused)}"]`)?.focus();
  }
  setText($(`${id}-note`), emptyNote);
  $(`${id}-note`).hidden = rows.length > 0;
}

function showWallets(wallets) {
  walletId ??= wallets[0]?.wallet_uuid;
  fill('wallets', wallets, (wallet) => {
    const row = element('tr');
    row.append(element('th', wallet.name, { scope: 'row' }), element('td', wallet.email),
      element('td', wallet.customer_id), element('td', wallet.currency));
    const button = element('button', 'Show', {
      type: 'button',
      'aria-label': `Show the charges of ${wallet.name}`,
      'aria-pressed': wallet.wallet_uuid === walletId,
      'data-wallet': wallet.wallet_uuid,
    });
    button.addEventListener('click', () => {
      walletId = wallet.wallet_uuid;
      callBoth();
    });
    const cell = element('td');
    cell.append(button);
    row.append(cell);
    return row;
  }, 'There are none.');
}

function showCharges(charges) {
  fill('charges', charges, (charge) => {
    const row = element('tr');
    const id = element('td');
    id.append(element('code', charge.charge_uuid));
    const status = element('td');
    status.append(element('span', charge.status, { class: 'status' }));
    row.append(status, element('td', amount(charge), { class: 'numeric' }), element('td', charge.currency),
      element('td', charge.installments, { class: 'numeric' }), id);
    return row;
  }, 'There are none.');
}

function amount(charge) {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: charge.currency });
    return format.formatToParts(charge.local_currency).filter((part) => part.type !== 'currency')
      .map((part) => part.value).join('').trim();
  }
  catch {
    return charge.local_currency;
  }
}

/* Failures and load */

// As JSON, which the simulator requires, because a page of another origin cannot send it
async function post(path, body = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const result = (response.status === 204) ? undefined : await response.json();
  if (!response.ok) {
    throw new Error(result.detail ?? result.title);
  }
  return result;
}

async function toggle(button) {
  const active = button.getAttribute('aria-pressed') !== 'true';
  try {
    await post(`/simulator/troubles/${button.dataset.trouble}`, { active });
    button.setAttribute('aria-pressed', active);
  }
  catch (error) {
    log(error.message, 'bad');
  }
}

async function revoke() {
  if ($('revoke').getAttribute('aria-disabled') === 'true') {
    return;
  }
  try {
    await post('/simulator/revocation');
    log('The token is revoked');
  }
  catch (error) {
    log(error.message, 'bad');
  }
}

async function runLoad() {
  const button = $('run-load');
  if (button.getAttribute('aria-disabled') === 'true') {
    return;
  }
  button.setAttribute('aria-disabled', 'true');
  setText($('load-state'), 'Calling …');
  try {
    const { starter, handWritten } = await post('/simulator/load');
    const most = Math.max(starter.tokenRequests, handWritten.tokenRequests, 1);
    $('load-result').tBodies[0].replaceChildren(...[['This starter', starter], ['By hand', handWritten]].map(([name, result]) => {
      const row = element('tr');
      const bar = element('td');
      const line = element('div', '', { class: 'bar' });
      line.append(element('b', number.format(result.tokenRequests), { class: 'number' }));
      line.style.setProperty('--part', result.tokenRequests / most);
      bar.append(line);
      row.append(element('th', name, { scope: 'row' }),
        element('td', number.format(result.succeeded), { class: 'numeric' }),
        element('td', `${number.format(result.millis)} ms`, { class: 'numeric' }), bar);
      return row;
    }));
    $('load-result').hidden = false;
    setText($('load-state'), `${plural(starter.calls, 'call')} took this starter ${plural(starter.tokenRequests, 'token request')}, and code written by hand ${number.format(handWritten.tokenRequests)}.`);
  }
  catch (error) {
    setText($('load-state'), error.message);
  }
  finally {
    button.setAttribute('aria-disabled', 'false');
  }
}

/* Start */

$('keep-calling').addEventListener('click', () => setKeepCalling(!keepCalling));
$('revoke').addEventListener('click', revoke);
$('run-load').addEventListener('click', runLoad);
for (const button of document.querySelectorAll('[data-trouble]')) {
  button.addEventListener('click', () => toggle(button));
}
$('query').addEventListener('submit', (event) => {
  event.preventDefault();
  query = `?${$('by').value}=${encodeURIComponent($('value').value)}`;
  walletId = undefined;
  callBoth();
});

document.addEventListener('visibilitychange', () => document.hidden ? disconnect() : connect());
addEventListener('pagehide', () => disconnect());
addEventListener('pageshow', (event) => event.persisted && connect());

bars.set('default', new TokenBar());
connect();
animate();
setInterval(callOnAndOn, 250);
