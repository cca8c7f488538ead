// Calls every shape of echo.proto with @grpc/grpc-js; one line on standard output for each check that holds.
'use strict';
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(['echo.proto', 'grpc/health/v1/health.proto'], { includeDirs: [__dirname], longs: Number, enums: String });
const api = grpc.loadPackageDefinition(definition);
const credentials = grpc.credentials.createInsecure();
const echo = new api.mimiccxr.rpctest.v1.Echo(process.argv[2], credentials);
const health = new api.grpc.health.v1.Health(process.argv[2], credentials);
const DETAIL = 'Zugriff verweigert: 签署协议 100%\nsecond line';

function check(name, holds) {
  if (!holds) {
    console.error(`FAILED ${name}`);
    process.exit(1);
  }
  console.log(`ok ${name}`);
}

// Resolves with {error, reply, headers, trailers} of a call with one response.
function single(start) {
  return new Promise(resolve => {
    const result = {};
    const call = start((error, reply) => Object.assign(result, { error, reply }));
    call.on('metadata', headers => { result.headers = headers; });
    call.on('status', status => { result.trailers = status.metadata; setImmediate(() => resolve(result)); });
  });
}

// Resolves with {error, messages} of a call with many responses.
function many(call) {
  return new Promise(resolve => {
    const messages = [];
    call.on('data', message => messages.push(message));
    call.on('error', error => resolve({ error, messages }));
    call.on('end', () => resolve({ messages }));
  });
}

async function waitUntil(begun, cancelled) {
  for (;;) {
    const { reply } = await single(done => echo.Waiting({}, done));
    if (reply.begun >= begun && reply.cancelled >= cancelled) {
      return true;
    }
  }
}

async function main() {
  const unary = await single(done => echo.Say({ text: 'Lungenflügel 肺', data: Buffer.alloc(300000) }, done));
  check('unary', unary.reply.text === 'Lungenflügel 肺' && unary.reply.data.length === 300000);

  const metadata = new grpc.Metadata();
  metadata.set('x-text', 'a b');
  metadata.set('x-data-bin', Buffer.from([0, 255, 10]));
  const tagged = await single(done => echo.Say({ text: 'm' }, metadata, done));
  const same = m => m.get('x-text')[0] === 'a b' && m.get('x-data-bin')[0].equals(Buffer.from([0, 255, 10]));
  check('headers', same(tagged.headers));
  check('trailers', same(tagged.trailers));

  const repeated = await many(echo.Repeat({ count: 1000 }));
  check('server stream', repeated.messages.length === 1000 && repeated.messages.every((m, i) => (m.number || 0) === i));

  const collected = await single(done => {
    const call = echo.Collect(done);
    for (let i = 0; i < 1000; i++) call.write({ text: 'ab' });
    call.end();
    return call;
  });
  check('client stream', collected.reply.number === 1000 && collected.reply.text.length === 2000);

  const chat = echo.Chat();
  let answered = 0;
  chat.on('data', () => {
    answered++;
    if (answered < 100) chat.write({ text: `ping ${answered}` });
    else chat.end();
  });
  chat.write({ text: 'ping 0' });
  const chatted = await many(chat);
  check('duplex', !chatted.error && answered === 100 && chatted.messages.every((m, i) => m.text === `ping ${i}`));

  const chunks = await many(echo.Download({ size: 256 * 1024, count: 200 }));
  check('download', chunks.messages.length === 200 && chunks.messages.every((c, i) => c.data.equals(Buffer.alloc(256 * 1024, i))));

  const denied = await single(done => echo.Say({ failCode: 7, text: DETAIL }, done));
  check('error details', denied.error.code === grpc.status.PERMISSION_DENIED && denied.error.details === DETAIL);
  check('error trailers', denied.error.metadata.get('x-reason')[0] === 'asked');

  // grpc-js drops messages that it has not unpacked yet when a status other than OK comes.
  const late = await many(echo.Repeat({ count: 3, failCode: 15, text: DETAIL }));
  check('error after messages', late.error.code === grpc.status.DATA_LOSS && late.error.details === DETAIL);

  const deadline = await many(echo.Wait({}, { deadline: Date.now() + 1000 }));
  check('deadline', deadline.error.code === grpc.status.DEADLINE_EXCEEDED);
  check('deadline reaches the server', await waitUntil(1, 1));

  const waiting = echo.Wait({});
  const ended = many(waiting);
  await waitUntil(2, 1);
  waiting.cancel();
  check('cancellation', (await ended).error.code === grpc.status.CANCELLED);
  check('cancellation reaches the server', await waitUntil(2, 2));

  const zipping = new api.mimiccxr.rpctest.v1.Echo(process.argv[2], credentials, { 'grpc.default_compression_algorithm': 2 });
  const zipped = await single(done => zipping.Say({ text: 'x'.repeat(100000) }, done));
  check('gzip', zipped.reply.text.length === 100000);

  const healthy = await single(done => health.Check({}, done));
  check('health', healthy.reply.status === 'SERVING');
  console.log('all checks hold');
  [echo, zipping, health].forEach(client => client.close());
}

main().catch(error => { console.error(error); process.exit(1); });
