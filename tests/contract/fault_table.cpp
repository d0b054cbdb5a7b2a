// Every fault, and what a call has to end with.

#include <string>

#include "apilab/http/internal/encode.hpp"
#include "fault_world.hpp"

namespace apilab::contract {
namespace {

using namespace std::chrono_literals;
using transport::internal::RawPeer;
using Reply = RawPeer::Reply;
using Then = RawPeer::Then;
using When = RawPeer::When;
using Prepare = std::function<void(World&)>;

// Waited out for real.
constexpr Duration patience = 30ms;

const std::string head = "HTTP/1.1 200 OK\r\n";
const std::string chunked = head + "transfer-encoding: chunked\r\n\r\n";

std::string with_length(std::size_t length, std::string_view body) {
    return head + "content-length: " + std::to_string(length) + "\r\n\r\n" + std::string(body);
}

Prepare raw(const Reply& reply) {
    return [reply](World& world) { world.raw(reply); };
}
Prepare raw_within(runtime::Timeouts timeouts, const Reply& reply) {
    return [timeouts, reply](World& world) {
        world.raw(reply);
        world.timeouts = timeouts;
    };
}
// A body that no socket buffer holds.
Prepare raw_with_large_body(runtime::Timeouts timeouts, const Reply& reply) {
    return [timeouts, reply](World& world) {
        world.raw(reply);
        world.timeouts = timeouts;
        world.body = std::string(30'000'000, 'u');
    };
}
Prepare secure(const Reply& reply, runtime::Timeouts timeouts) {
    return [reply, timeouts](World& world) {
        world.raw(reply, "https");
        world.timeouts = timeouts;
    };
}
Prepare proxy(const Reply& reply, runtime::Timeouts timeouts) {
    return [reply, timeouts](World& world) {
        world.proxy(reply);
        world.timeouts = timeouts;
    };
}
Prepare certificate(const server::CertificateOptions& options) {
    return [options](World& world) { world.tls(options); };
}

constexpr runtime::Timeouts no_limit{.connect = {}, .first_byte = {}, .idle = {}, .attempt = {}};
constexpr runtime::Timeouts connect_limit{
    .connect = patience, .first_byte = {}, .idle = {}, .attempt = {}};
constexpr runtime::Timeouts first_byte_limit{
    .connect = {}, .first_byte = patience, .idle = {}, .attempt = {}};
constexpr runtime::Timeouts idle_limit{
    .connect = {}, .first_byte = {}, .idle = patience, .attempt = {}};
// Long enough to connect on a busy machine, and shorter than the drip.
constexpr runtime::Timeouts attempt_limit{
    .connect = {}, .first_byte = {}, .idle = {}, .attempt = 10 * patience};

std::string ten_thousand_lines() {
    std::string answer = head;
    for (int i = 0; i < 10'000; ++i) {
        answer += "a: b\r\n";
    }
    return answer + "\r\n";
}

std::string thousand_to_one() {
    const std::string coded = http::internal::gzip(std::string(20'000'000, '0'));
    return head + "content-encoding: gzip\r\ncontent-length: " + std::to_string(coded.size()) +
           "\r\n\r\n" + coded;
}

std::string endless_chunks() {
    std::string answer = chunked;
    for (int i = 0; i < 40; ++i) {
        answer += "10000\r\n" + std::string(0x10000, 'e') + "\r\n";
    }
    return answer;
}

// A ServerHello of TLS 1.1 with AES128-SHA.
std::string old_hello() {
    return std::string("\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02", 11) + std::string(32, 'r') +
           std::string("\x00\x00\x2f\x00", 4);
}

std::vector<Fault> resets_and_stalls() {
    using enum ErrorKind;
    const auto sockets = Needs::sockets;
    const std::string ten = with_length(10, "0123");
    return {
        {"reset_after_partial_send", sockets,
         raw_with_large_body(no_limit, {"", Then::reset, When::head}), connection_lost, "reset"},
        {"reset_after_commit", sockets, raw({"", Then::reset}), connection_lost, "reset"},
        {"reset_in_headers", sockets, raw({head + "content-le", Then::reset}), connection_lost,
         "reset"},
        {"reset_in_body", sockets, raw({ten, Then::reset}), connection_lost, "reset"},
        {"close_after_commit", sockets, raw({"", Then::fin}), connection_lost, "closed"},
        {"close_in_status_line", sockets, raw({"HTTP/1.1 20", Then::fin}), protocol, "truncated"},
        {"close_in_headers", sockets, raw({head + "content-le", Then::fin}), protocol, "truncated"},
        {"close_in_body", sockets, raw({ten, Then::fin}), protocol, "truncated"},
        {"close_in_chunk", sockets, raw({chunked + "5\r\nab", Then::fin}), protocol, "truncated"},
        {"close_before_last_chunk", sockets, raw({chunked + "2\r\nab\r\n", Then::fin}), protocol,
         "truncated"},
        {"stall_in_sending", sockets, raw_with_large_body(idle_limit, {"", Then::hang, When::head}),
         timeout, "idle"},
        {"stall_before_answer", sockets, raw_within(first_byte_limit, {"", Then::hang}), timeout,
         "first_byte"},
        {"stall_in_headers", sockets, raw_within(idle_limit, {head + "a: b\r\nc", Then::hang}),
         timeout, "idle"},
        {"stall_in_body", sockets, raw_within(idle_limit, {ten, Then::hang}), timeout, "idle"},
        {"chunk_without_end", sockets, raw_within(idle_limit, {chunked + "5\r\nab", Then::hang}),
         timeout, "idle"},
        {"drip", sockets,
         raw_within(attempt_limit, {with_length(900'000, std::string(900'000, 'd')), Then::keep,
                                    When::whole_request, 1}),
         timeout, "attempt"},
        {"stall_in_connecting", sockets,
         [](World& world) {
             world.hole.emplace(world.scheduler);
             world.url = "http://api.test:" + std::to_string(world.hole->port()) + "/";
             world.timeouts = connect_limit;
         },
         timeout, "connect", Outcome::not_sent},
        {"refused", sockets,
         [](World& world) {
             world.raw({});
             world.peer->stop();
         },
         ErrorKind::connect, "refused", Outcome::not_sent},
    };
}

std::vector<Fault> bad_answers() {
    using enum ErrorKind;
    const auto sockets = Needs::sockets;
    return {
        {"no_http", sockets, raw({"SSH-2.0-OpenSSH_9.2\r\n", Then::hang}), protocol, "malformed"},
        {"wrong_length_too_short", sockets, raw({with_length(2, "okay?")}), std::nullopt, ""},
        {"stray_bytes", sockets, raw({with_length(2, "ok") + "HTTP/1.1 200 OK\r\n\r\n"}),
         std::nullopt, ""},
        {"length_that_is_no_number", sockets,
         raw({head + "content-length: 2x\r\n\r\nok", Then::hang}), protocol, "malformed"},
        {"chunk_size_that_is_no_number", sockets, raw({chunked + "zz\r\nab\r\n", Then::hang}),
         protocol, "malformed"},
        {"ten_thousand_header_lines", sockets, raw({ten_thousand_lines(), Then::hang}), too_large,
         "header_count"},
        {"header_line_without_end", sockets,
         raw({head + "a: " + std::string(400'000, 'h'), Then::hang}), too_large, "header"},
        {"endless_body", sockets, raw({endless_chunks(), Then::hang}), too_large, "body"},
        {"body_that_announces_too_much", sockets, raw({with_length(2'000'000, "a"), Then::hang}),
         too_large, "body"},
        {"gzip_of_a_thousand_to_one", sockets, raw({thousand_to_one(), Then::hang}), too_large,
         "ratio"},
    };
}

Prepare planned(const http::WirePlan& plan, std::string_view answer = "ok",
                runtime::Timeouts timeouts = no_limit) {
    return [plan, answer = std::string(answer), timeouts](World& world) {
        world.planned(plan, answer);
        world.timeouts = timeouts;
    };
}

// The plans of our own server, as clients see them.
std::vector<Fault> plans() {
    using enum ErrorKind;
    using Framing = http::WirePlan::Framing;
    const auto sockets = Needs::sockets;
    const auto unknown = Outcome::unknown;
    return {
        {"plan_wrong_length", sockets,
         planned({.framing = Framing::wrong_length}, "ok", idle_limit), timeout, "idle"},
        {"plan_wrong_length_then_fin", sockets,
         planned({.stall_for = 1ms, .framing = Framing::wrong_length}), protocol, "truncated"},
        {"plan_short_length", sockets, planned({.framing = Framing::short_length}, "okay"),
         std::nullopt, ""},
        {"plan_chunk_without_end", sockets, planned({.framing = Framing::chunk_without_end}),
         protocol, "truncated"},
        {"plan_stray_bytes", sockets, planned({.framing = Framing::stray_bytes}), std::nullopt, ""},
        {"plan_huge_header", sockets, planned({.framing = Framing::huge_header}), too_large,
         "header"},
        {"plan_interim_100", sockets, planned({.interim = 100}), std::nullopt, "", unknown, true},
        {"plan_interim_103", sockets, planned({.interim = 103}), std::nullopt, "", unknown, true},
        {"plan_drip", sockets, planned({.drip = 1}, std::string(900, 'd'), attempt_limit), timeout,
         "attempt"},
        {"plan_drip_that_ends", sockets, planned({.drip = 1000}), std::nullopt, "", unknown, true},
        {"plan_close_announced", sockets, planned({.announce_close = true}), std::nullopt, ""},
        {"plan_close_after", sockets, planned({.close_after = true}), std::nullopt, ""},
        {"plan_close_instead", sockets, planned({.close_before_response = true}), connection_lost,
         "closed"},
    };
}

std::vector<Fault> before_anything_is_sent() {
    using enum ErrorKind;
    const auto no = Outcome::not_sent;
    const auto at_once = When::accepted;
    return {
        {"tls_expired", Needs::tls,
         certificate({.dns_names = {"api.test"}, .valid_from = -48h, .valid_until = -1h}),
         ErrorKind::tls, "expired", no},
        {"tls_wrong_host", Needs::tls, certificate({.dns_names = {"other.test"}}), ErrorKind::tls,
         "wrong_host", no},
        {"tls_self_signed", Needs::tls, [](World& world) { world.self_signed(); }, ErrorKind::tls,
         "self_signed", no},
        {"tls_too_old", Needs::tls, secure({old_hello(), Then::hang, at_once}, no_limit),
         ErrorKind::tls, "too_old", no},
        {"tls_not_spoken", Needs::tls, secure({with_length(0, ""), Then::hang, at_once}, no_limit),
         ErrorKind::tls, "handshake", no},
        {"tls_closed_in_handshake", Needs::tls, secure({"", Then::fin, at_once}, no_limit),
         ErrorKind::connect, "handshake", no},
        {"tls_reset_in_handshake", Needs::tls, secure({"", Then::reset, at_once}, no_limit),
         ErrorKind::connect, "handshake", no},
        {"tls_hangs_in_handshake", Needs::tls, secure({"", Then::hang, at_once}, connect_limit),
         timeout, "connect", no},
        {"proxy_refuses", Needs::proxy,
         proxy({"HTTP/1.1 407 Who Are You\r\ncontent-length: 0\r\n\r\n"}, no_limit), auth, "proxy",
         no},
        {"proxy_fails", Needs::proxy,
         proxy({"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"}, no_limit),
         ErrorKind::connect, "proxy", no},
        {"proxy_closes", Needs::proxy, proxy({"", Then::fin}, no_limit), ErrorKind::connect,
         "proxy", no},
        {"proxy_resets", Needs::proxy, proxy({"", Then::reset}, no_limit), ErrorKind::connect,
         "proxy", no},
        {"proxy_hangs", Needs::proxy, proxy({"", Then::hang}, connect_limit), timeout, "connect",
         no},
        {"proxy_is_gone", Needs::proxy,
         [](World& world) {
             world.proxy({});
             world.peer->stop();
         },
         ErrorKind::connect, "refused", no},
        {"name_unknown", Needs::names, [](World& world) { world.names_say(false); }, resolve,
         "no_such_host", no},
        {"name_server_hangs", Needs::names,
         [](World& world) {
             world.names_say(true);
             world.timeouts = connect_limit;
         },
         timeout, "connect", no},
    };
}

}  // namespace

const std::vector<Fault>& all_faults() {
    static const std::vector<Fault> faults = [] {
        auto all = resets_and_stalls();
        for (const auto& more : {bad_answers(), plans(), before_anything_is_sent()}) {
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }();
    return faults;
}

}  // namespace apilab::contract
