// otlp_receiver.mjs TRACED-CALLS: a collector made of OpenTelemetry's own protobuf definitions. It starts the program, puts
// it off once, takes its batch, and holds every span against the headers with which the calls arrived.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const definitions = require('@opentelemetry/otlp-transformer/build/src/generated/root').opentelemetry.proto;
const ExportRequest = definitions.collector.trace.v1.ExportTraceServiceRequest;
const Kind = definitions.trace.v1.Span.SpanKind;
const Code = definitions.trace.v1.Status.StatusCode;

// OTLP's JSON differs from protobuf's in one thing: these are hexadecimal, not base64.
const ids = new Set(['traceId', 'spanId', 'parentSpanId']);
const fromHex = (key, value) => {
  if (!ids.has(key)) return value;
  assert.match(value, key === 'traceId' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/);
  return Buffer.from(value, 'hex').toString('base64');
};
// What the definitions do not know is lost on the way through the binary form: nothing may be.
function decoded(text) {
  const sent = JSON.parse(text, fromHex);
  const message = ExportRequest.fromObject(sent);
  const read = ExportRequest.toObject(ExportRequest.decode(ExportRequest.encode(message).finish()), {
    longs: String, bytes: String, json: true,
  });
  // `flags` is younger than some of the definitions.
  const known = JSON.parse(JSON.stringify(sent), (key, value) => (key === 'flags' ? undefined : value));
  assert.deepEqual(withoutEmpty(read), withoutEmpty(known));
  return read;
}
// Empty lists and zeros do not travel.
function withoutEmpty(value) {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value)
    .filter(([, each]) => !(Array.isArray(each) && each.length === 0) && each !== 0)
    .map(([key, each]) => [key, withoutEmpty(each)]));
}

const requests = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => { body += piece; });
  request.on('end', () => {
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    const first = requests.length === 1;
    response.writeHead(first ? 503 : 200, first ? { 'retry-after': '0' } : { 'content-type': 'application/json' });
    response.end(first ? '' : '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"one too many"}}');
  });
});
await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
const url = `http://127.0.0.1:${server.address().port}/v1/traces`;
const { stdout } = await promisify(execFile)(process.argv[2], [url], { timeout: 30_000 });
server.close();
const told = JSON.parse(stdout);

assert.equal(requests.length, 2, 'put off once, and then taken');
for (const request of requests) {
  assert.equal(request.method, 'POST');
  assert.equal(request.url, '/v1/traces');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.headers.traceparent, undefined, 'the export itself is in no trace');
}
assert.equal(requests[0].body, requests[1].body);
assert.deepEqual(told.counts, { exported: 3, dropped: 0, rejected_spans: 1, retries: 1 });

for (const span of JSON.parse(requests[1].body).resourceSpans[0].scopeSpans[0].spans) {
  assert.equal(span.flags & 1, 1, 'sampled');
}
const [{ resource, scopeSpans: [{ spans }] }] = decoded(requests[1].body).resourceSpans;
const value = (each) => each.stringValue ?? each.doubleValue ?? each.boolValue ?? Number(each.intValue);
const attributes = (holder) => Object.fromEntries(holder.attributes.map((each) => [each.key, value(each.value)]));
const hex = (bytes) => Buffer.from(bytes, 'base64').toString('hex');
const kind = (span) => (typeof span.kind === 'string' ? Kind[span.kind] : span.kind);
const code = (span) => (typeof span.status?.code === 'string' ? Code[span.status.code] : span.status?.code ?? 0);

assert.equal(attributes(resource)['service.name'], 'traced_calls');
const calls = spans.filter((span) => kind(span) === Kind.SPAN_KIND_INTERNAL);
const attempts = spans.filter((span) => kind(span) === Kind.SPAN_KIND_CLIENT);
assert.equal(calls.length, 3);
assert.equal(calls.length + attempts.length, spans.length);
assert.equal(new Set(spans.map((span) => hex(span.spanId))).size, spans.length, 'each span has its own id');

// Each attempt is what arrived: the same ids, in the same order.
assert.deepEqual(attempts.map((span) => `00-${hex(span.traceId)}-${hex(span.spanId)}-01`),
  told.arrived.map((each) => each.traceparent));
attempts.forEach((span, index) => {
  const { path, status } = told.arrived[index];
  const call = calls.find((each) => hex(each.spanId) === hex(span.parentSpanId));
  assert.ok(call, 'below a call');
  assert.equal(hex(call.traceId), hex(span.traceId));
  assert.ok(BigInt(call.startTimeUnixNano) <= BigInt(span.startTimeUnixNano));
  assert.ok(BigInt(span.startTimeUnixNano) < BigInt(span.endTimeUnixNano));
  assert.ok(BigInt(span.endTimeUnixNano) <= BigInt(call.endTimeUnixNano));
  const about = attributes(span);
  assert.equal(about['http.request.method'], 'GET');
  assert.equal(about['url.template'], path);
  assert.equal(about['server.address'], '127.0.0.1');
  assert.equal(about['server.port'], told.port);
  assert.equal(about['http.response.status_code'], status);
  assert.equal(about['error.type'], status < 400 ? undefined : String(status));
  assert.equal(code(span), status < 400 ? Code.STATUS_CODE_UNSET : Code.STATUS_CODE_ERROR);
});
const retried = attempts.filter((span) => attributes(span)['url.template'] === '/bad');
assert.deepEqual(retried.map((span) => attributes(span)['http.request.resend_count']), [undefined, 1]);
const waited = calls.find((span) => attributes(span)['url.template'] === '/bad').events;
assert.equal(waited.length, 1);
assert.equal(waited[0].name, 'wait');
assert.equal(attributes(waited[0])['apilab.wait.cause'], 'backoff');
for (const span of calls) {
  const own = attempts.filter((each) => hex(each.parentSpanId) === hex(span.spanId));
  assert.equal(attributes(span)['apilab.attempts'], own.length);
  assert.equal((span.parentSpanId ?? '').length, 0, 'it begins its trace');
}
console.log(`OpenTelemetry's definitions: ${spans.length} spans, all as they arrived`);
