#include "hostile_requests.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace apilab::radar_security {
namespace {

constexpr std::array methods{"GET", "GET",    "GET",      "POST",    "POST",  "POST",    "HEAD",
                             "PUT", "DELETE", "PATCH",    "OPTIONS", "TRACE", "CONNECT", "get",
                             "PRI", "G ET",   "PROPFIND", "\x01",    ""};
constexpr std::array targets{"/",
                             "/app.js",
                             "/index.html",
                             "/livez",
                             "/readyz",
                             "/status",
                             "/metrics",
                             "/api/now",
                             "/api/session",
                             "/api/session/end",
                             "/api/decisions?show=all&limit=-1&offset=99999999999999999999",
                             "/api/decisions?limit=NaN&watch=%00%ff",
                             "/api/calls?before=18446744073709551616&limit=0x10",
                             "/api/calls/1/har",
                             "/api/calls/-1",
                             "/api/calls/..%2f..%2f..%2fetc%2fpasswd/har",
                             "/api/jobs?state=dead&reason=%27%3B%20DROP%20TABLE%20jobs%3B--",
                             "/api/jobs/9223372036854775807",
                             "/api/jobs/1%00.html",
                             "/api/outbox?target=%c0%af%fe",
                             "/api/audit?after=%f0%28%8c%28&&&==&=",
                             "/api/events?source=*&limit=1e9",
                             "/api/quarantine?id=1;id=2",
                             "/api/actions/check",
                             "/api/actions/redeliver",
                             "/api/actions/resolve",
                             "/api/actions/snooze",
                             "/api/actions/queue",
                             "/api/actions/quarantine",
                             "/webhooks/github",
                             "/webhooks/slack",
                             "/webhooks/notion",
                             "/webhooks/stripe",
                             "/webhooks/standard",
                             "/webhooks/",
                             "/webhooks/github/../../api/now",
                             "//evil.example/api/now",
                             "/./api/../status",
                             "/%2e%2e/%2e%2e/etc/passwd",
                             "http://evil.example/api/now",
                             "http://localhost/api/now",
                             "https://user:pass@localhost/status",
                             "HTTP://LOCALHOST:8080/metrics",
                             "localhost:443",
                             "*",
                             "/?",
                             "/#x",
                             "/\xff\xfe",
                             "?x",
                             ""};
constexpr std::array versions{"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1",  "HTTP/1.0",
                              "HTTP/0.9", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", ""};
constexpr std::array hosts{"Host: localhost:8080",
                           "Host: localhost:8080",
                           "Host: 127.0.0.1",
                           "Host: [::1]:8080",
                           "Host: evil.example",
                           "Host: localhost.",
                           "Host: localhost:99999",
                           "Host:",
                           "Host : localhost",
                           "Host: localhost\r\nHost: evil.example",
                           "X: no host"};
constexpr std::array fields{"Origin: http://evil.example",
                            "Origin: null",
                            "Origin: http://localhost:8080",
                            "Sec-Fetch-Site: cross-site",
                            "Sec-Fetch-Site: same-origin",
                            "Content-Type: application/json",
                            "Content-Type: application/json; charset=\"\\",
                            "Content-Type: application/x-www-form-urlencoded",
                            "X-CSRF-Token: AAAA",
                            "Cookie: apilab_radar_8080=t.a.99999999999.AAAA; ;;=;",
                            "Authorization: Bearer AAAA",
                            "Authorization: Basic !!!!",
                            "X-Forwarded-For: 127.0.0.1, ::1",
                            "Forwarded: for=\"[::1]\";host=localhost",
                            "X-GitHub-Event: push",
                            "X-GitHub-Delivery: 1' OR '1'='1",
                            "X-Hub-Signature-256: sha256="
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "X-Slack-Signature: v0=00",
                            "X-Slack-Request-Timestamp: 99999999999999999999",
                            "Stripe-Signature: t=-1,v1=,v1=,v0=x",
                            "webhook-id: \x01",
                            "webhook-timestamp: 1e9",
                            "webhook-signature: v1, v1,AAAA v1a,",
                            "X-Notion-Signature: sha256=zz",
                            "Last-Event-ID: ../../x",
                            "Expect: 100-continue",
                            "Expect: 200-maybe",
                            "Upgrade: h2c",
                            "Connection: upgrade, HTTP2-Settings",
                            "Content-Encoding: gzip",
                            "Accept-Encoding: *;q=0",
                            "Range: bytes=0-0,-1,9-2",
                            "If-None-Match: *",
                            "traceparent: 00-00000000000000000000000000000000-0000000000000000-ff",
                            "No-Colon",
                            ": no name",
                            " folded: x",
                            "Sp ace: x",
                            "X: \x7f\x01",
                            "X: \xc3\x28"};
constexpr std::array bodies{"",
                            "{}",
                            "null",
                            R"({"all":true})",
                            R"({"watch":"shop"})",
                            R"({"token":"AAAA"})",
                            R"({"token":{"token":[1e999,-0,"\ud800"]}})",
                            R"({"id":18446744073709551616,"do":"release"})",
                            R"({"verification_token":"secret_0123456789abcdef0123456789"})",
                            R"({"type":"url_verification","challenge":"x"})",
                            "payload=%7B%22a%22%3A1%7D&payload=%ZZ",
                            "\xff\xfe\x00\x01",
                            "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n",
                            "0\r\n\r\n"};

template <class List>
std::string_view draw(Rng& rng, const List& list) {
    return list[static_cast<std::size_t>(
        rng.between(0, static_cast<std::int64_t>(list.size()) - 1))];
}

bool one_in(Rng& rng, std::int64_t count) {
    return rng.between(1, count) == 1;
}

// Any byte anywhere.
std::string bent(Rng& rng, std::string text) {
    while (!text.empty() && one_in(rng, 25)) {
        const auto at =
            static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(text.size()) - 1));
        text[at] = static_cast<char>(rng.between(0, 255));
    }
    return text;
}

std::string body_for(Rng& rng) {
    if (one_in(rng, 40)) {
        return std::string(static_cast<std::size_t>(rng.between(1, 200'000)), '[');
    }
    return bent(rng, std::string(draw(rng, bodies)));
}

// The body, framed rightly or so that two readers may read it differently.
std::string framed(Rng& rng, std::string& head, const std::string& body) {
    switch (rng.between(0, 9)) {
        case 0:
            head += "Transfer-Encoding: chunked\r\n";
            return fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
        case 1:
            head +=
                fmt::format("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", body.size());
            return fmt::format("{:x};x=y\r\n{}\r\n0\r\nX: y\r\n\r\n", body.size(), body);
        case 2:
            head += fmt::format("Content-Length: {}\r\nContent-Length: {}\r\n", body.size(),
                                body.size() + 1);
            return body;
        case 3:
            head += bent(rng, "Transfer-Encoding: gzip, chunked, identity\r\n");
            return bent(rng, "ffffffffffffffff\r\nx\r\n0\r\n\r\n");
        case 4:
            head += bent(rng, fmt::format("Content-Length: +{}\r\n", body.size()));
            return body;
        default:
            head += fmt::format("Content-Length: {}\r\n", body.size());
            return body;
    }
}

std::string one_request(Rng& rng) {
    std::string target(draw(rng, targets));
    if (one_in(rng, 50)) {
        target += std::string(static_cast<std::size_t>(rng.between(1, 40'000)), 'a');
    }
    std::string head =
        fmt::format("{} {} {}\r\n", draw(rng, methods), bent(rng, target), draw(rng, versions));
    head += bent(rng, std::string(draw(rng, hosts))) + "\r\n";
    for (auto count = rng.between(0, 6); count > 0; --count) {
        head += bent(rng, std::string(draw(rng, fields))) + "\r\n";
    }
    if (one_in(rng, 40)) {
        for (int i = 0; i < 300; ++i) {
            head += fmt::format("X-{}: {}\r\n", i, i);
        }
    }
    if (one_in(rng, 40)) {
        head += "X-Long: " + std::string(static_cast<std::size_t>(rng.between(1, 90'000)), 'x') +
                "\r\n";
    }
    if (one_in(rng, 2)) {
        return head + "\r\n";
    }
    const auto body = body_for(rng);
    auto rest = framed(rng, head, body);
    return head + "\r\n" + rest;
}

}  // namespace

HostileConnection draw_hostile(Rng& rng) {
    HostileConnection made;
    for (auto count = one_in(rng, 4) ? rng.between(2, 12) : 1; count > 0; --count) {
        made.bytes += one_request(rng);
    }
    if (one_in(rng, 8)) {
        made.bytes.resize(
            static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(made.bytes.size()))));
        made.ends = !one_in(rng, 4);
    }
    return made;
}

}  // namespace apilab::radar_security
