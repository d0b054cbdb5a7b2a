// What a call prints on the standard output.

#include <fmt/core.h>

#include <cstdio>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/scrubbed_stdio.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/observe/curl_line.hpp"
#include "apilab/observe/story_json.hpp"
#include "apilab/observe/story_observer.hpp"
#include "call/call_run.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t body_max = std::size_t{1} << 20U;

// To its owner everything is shown but credentials: what a header is called tells which these are.
std::string for_owner(std::string_view name, std::string_view value) {
    return http::names_a_secret(name) && !value.empty() ? "***" : std::string(value);
}

bool is_text(std::string_view body) {
    return !body.contains('\0') && valid_utf8(body);
}

struct Pretty {
    bool format = false;
    bool color = false;
};

Pretty pretty_of(const std::string& flag, const Terminal& terminal) {
    if (flag.empty()) {
        return {.format = terminal.is_terminal, .color = terminal.color};
    }
    return {.format = flag == "all" || flag == "format",
            .color = flag == "all" || flag == "colors"};
}

// Head and body of one message.
class Printer {
public:
    Printer(const CallFlags& flags, const Globals& globals)
        : terminal_(globals.out()), pretty_(pretty_of(flags.pretty, terminal_)) {
        painted_ = terminal_;
        painted_.color = pretty_.color;
    }

    void head(std::string_view line, const http::Headers& headers) const {
        fmt::print("{}\n", painted_.bold(without_controls(line)));
        for (const auto& [name, value] : headers) {
            fmt::print("{}: {}\n", painted_.cyan(without_controls(name)),
                       without_controls(for_owner(name, value)));
        }
        fmt::print("\n");
    }

    bool body(std::string_view bytes, std::string_view content_type) const {
        if (bytes.empty()) {
            return true;
        }
        if (terminal_.is_terminal && !is_text(bytes)) {
            fmt::print(
                stderr,
                "the body is binary, {} bytes: --output FILE keeps it, a pipe passes it on\n",
                bytes.size());
            return true;
        }
        if (!terminal_.is_terminal && !pretty_.format && !pretty_.color) {
            // As it came, byte by byte: whoever asked wants the answer and not what hides in it.
            return print_unscrubbed(bytes);
        }
        fmt::print("{}", pretty_body(bytes, content_type, pretty_.format, painted_));
        return std::fflush(stdout) == 0;
    }

private:
    Terminal terminal_;
    Pretty pretty_;
    Terminal painted_;
};

void append_headers(std::string& out, const http::Headers& headers) {
    out += '[';
    const char* comma = "";
    for (const auto& [name, value] : headers) {
        out += fmt::format("{}{{\"name\":{},\"value\":{}}}", comma, http::json_quote(name),
                           http::json_quote(for_owner(name, value)));
        comma = ",";
    }
    out += ']';
}

void append_body(std::string& out, std::string_view body, std::string_view content_type) {
    const auto type = ascii_lowered(content_type.substr(0, content_type.find(';')));
    if (type.ends_with("json")) {
        if (const auto document = http::JsonDocument::parse(body)) {
            out += ",\"json\":";
            document->root().append_to(out);
            return;
        }
    }
    if (is_text(body)) {
        out += ",\"body\":" + http::json_quote(body);
    } else {
        out += ",\"body_base64\":" + http::json_quote(base64_encode(body));
    }
}

std::string answer_json(const CallResult& result) {
    const auto* answer = result.response();
    if (answer == nullptr) {
        return "null";
    }
    auto out = fmt::format("{{\"status\":{},\"reason\":{},\"headers\":", answer->status(),
                           http::json_quote(answer->reason()));
    append_headers(out, answer->headers());
    out += fmt::format(",\"size\":{}", answer->body().size());
    if (!result.in_file) {
        append_body(out, answer->body(), answer->headers().value("content-type"));
    }
    return out + "}";
}

std::string error_json(const CallVerdict& verdict) {
    if (!verdict.error) {
        return "null";
    }
    const auto& error = *verdict.error;
    return fmt::format(
        "{{\"kind\":\"{}\",\"message\":{},\"outcome\":\"{}\",\"ending\":\"{}\",\"attempts\":{}}}",
        to_string(error.kind()), http::json_quote(error.message()), to_string(error.outcome()),
        to_string(error.ending()), error.attempts());
}

http::Request as_sent(const BuiltRequest& built, const CallSetup& setup) {
    auto request = built.request;
    if (!setup.call.idempotency_key.empty() && !request.headers().contains("idempotency-key")) {
        request.headers().add("idempotency-key", setup.call.idempotency_key);
    }
    return request;
}

}  // namespace

std::string call_json(const observe::Exchange& sent, const CallResult* result,
                      const CallVerdict& verdict, std::string_view trace_id) {
    const bool told = result != nullptr && result->story.has_value();
    const auto& request =
        told && !result->story->exchanges.empty() ? result->story->exchanges.back() : sent;
    auto out = fmt::format("{{\"version\":1,\"request\":{{\"method\":{},\"url\":{},\"headers\":",
                           http::json_quote(request.method), http::json_quote(request.url));
    append_headers(out, request.request_headers);
    out += fmt::format(",\"size\":{}", request.request_body_size);
    append_body(out, request.request_body, request.request_headers.value("content-type"));
    out += "},\"answer\":" + (result == nullptr ? "null" : answer_json(*result));
    out += ",\"error\":" + error_json(verdict);
    out += fmt::format(",\"exit_code\":{},\"trace_id\":{}", static_cast<int>(verdict.code),
                       trace_id.empty() ? "null" : http::json_quote(trace_id));
    out += ",\"record\":" + (told ? observe::story_json(*result->story) : "null") + "}";
    Scrubber::of_process().scrub(out);
    return out;
}

bool print_answer(const CallResult& result, const CallFlags& flags, const Globals& globals) {
    const Printer printer(flags, globals);
    const auto parts = flags.print.value_or(globals.out().is_terminal ? "hb" : "b");
    const auto has = [&](char part) { return parts.contains(part); };
    if (result.story && !result.story->exchanges.empty()) {
        const auto& sent = result.story->exchanges.back();
        if (has('H')) {
            printer.head(sent.method + " " + sent.url, sent.request_headers);
        }
        if (has('B') && !sent.request_body.empty()) {
            (void)printer.body(sent.request_body, sent.request_headers.value("content-type"));
            fmt::print("\n\n");
        }
    }
    const auto* answer = result.response();
    if (answer == nullptr) {
        return true;
    }
    if (has('h')) {
        printer.head(fmt::format("{} {}", answer->status(), answer->reason()), answer->headers());
    }
    return !has('b') || printer.body(answer->body(), answer->headers().value("content-type"));
}

Result<ExitCode> print_request(const BuiltRequest& built, const CallSetup& setup,
                               const CallFlags& flags, const Globals& globals) {
    const auto request = as_sent(built, setup);
    auto shown = observe::shown_exchange(request, nullptr, body_max);
    if (globals.json) {
        fmt::print("{}\n", call_json(shown, nullptr, {}, {}));
        return ExitCode::success;
    }
    if (flags.print_curl) {
        fmt::print("{}\n", curl_line_of(built, setup));
        return ExitCode::success;
    }
    const Printer printer(flags, globals);
    const auto parts = flags.print.value_or("HB");
    if (parts.contains('H')) {
        printer.head(shown.method + " " + shown.url, request.headers());
    }
    if (parts.contains('B')) {
        const auto& body = request.hidden_body() ? shown.request_body : request.body();
        (void)printer.body(body, request.headers().value("content-type"));
        if (built.upload) {
            fmt::print("(a file of {} bytes)\n", built.upload->length().value_or(0));
        }
    }
    return ExitCode::success;
}

std::string curl_line_of(const BuiltRequest& built, const CallSetup& setup) {
    const auto request = as_sent(built, setup);
    auto exchange = observe::shown_exchange(request, nullptr, body_max);
    exchange.request_headers = {};
    for (const auto& [name, value] : request.headers()) {
        const bool known = Scrubber::of_process().scrubbed(value) == value;
        exchange.request_headers.add(name, known ? for_owner(name, value) : "***");
    }
    if (!request.hidden_body() &&
        Scrubber::of_process().scrubbed(request.body()) == request.body()) {
        exchange.request_body = request.body();
    }
    if (built.upload) {
        exchange.request_body_size = built.upload->length().value_or(1);
    }
    return observe::curl_line(exchange);
}

}  // namespace apilab::cli
