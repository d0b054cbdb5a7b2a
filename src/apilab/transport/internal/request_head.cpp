#include "apilab/transport/internal/request_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/http/content_coding.hpp"

namespace apilab::transport::internal {
namespace {

std::unexpected<Error> refuse(std::string field, std::string message) {
    return fail(Error(ErrorKind::invalid_argument, std::move(message))
                    .with_detail(std::move(field))
                    .with_outcome(Outcome::not_sent));
}

Result<void> check_field(const http::Headers::Field& field, std::string_view length) {
    const auto& [name, value] = field;
    if (!http::valid_field_name(name)) {
        return refuse("header",
                      "a header name is not a token (RFC 9110 section 5.1): it is empty "
                      "or holds a space, a colon or a control character");
    }
    if (!http::valid_field_value(value)) {
        return refuse(name, fmt::format("the value of header {} holds CR, LF or NUL", name));
    }
    if (http::iequals(name, "transfer-encoding")) {
        return refuse(name,
                      "transfer-encoding is not for the caller to set: a request is sent "
                      "with its content-length");
    }
    if (http::iequals(name, "content-length") && value != length) {
        return refuse(name, fmt::format("content-length is {} but the body has {} bytes; leave it "
                                        "out, it is added",
                                        value, length));
    }
    return {};
}

bool announces_length(const http::Request& request) {
    const auto& method = request.method();
    return !request.body().empty() || method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

std::string default_user_agent() {
    return "apilab/" APILAB_VERSION;
}

Result<Prepared> prepare(http::Request request, const runtime::CallContext& context,
                         const Additions& additions) {
    if (!http::valid_field_name(request.method()) || request.method() == "CONNECT") {
        return refuse("method", "the method is not a token (RFC 9110 section 9.1), or is CONNECT");
    }
    const std::string length = std::to_string(request.body().size());
    auto& headers = request.headers();
    for (const auto& field : headers) {
        if (auto checked = check_field(field, length); !checked) {
            return fail(std::move(checked).error());
        }
    }
    if (headers.get_all("host").size() > 1) {
        return refuse("host", "more than one host header");
    }
    if (!headers.contains("host")) {
        headers.add("host", request.url().authority());
    }
    if (!headers.contains("user-agent") && !additions.user_agent.empty()) {
        headers.add("user-agent", std::string(additions.user_agent));
    }
    if (!context.idempotency_key.empty() && !headers.contains("idempotency-key")) {
        if (!http::valid_field_value(context.idempotency_key)) {
            return refuse("idempotency-key", "the idempotency key holds CR, LF or NUL");
        }
        headers.add("idempotency-key", context.idempotency_key);
    }
    if (announces_length(request) && !headers.contains("content-length")) {
        headers.add("content-length", length);
    }
    const bool decode = additions.accept_codings && !headers.contains("accept-encoding") &&
                        !headers.contains("range");
    if (decode) {
        headers.add("accept-encoding", std::string(http::accepted_content_codings));
    }
    return Prepared{std::move(request), decode};
}

void write_head(const http::Request& request, std::string& out) {
    out += request.method();
    out += ' ';
    out += request.url().target();
    out += " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers()) {
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += "\r\n";
}

bool asks_to_close(const http::Headers& headers) {
    return std::ranges::any_of(headers.get_all("connection"), [](std::string_view value) {
        while (!value.empty()) {
            const auto comma = std::min(value.find(','), value.size());
            auto token = value.substr(0, comma);
            while (!token.empty() && (token.front() == ' ' || token.front() == '\t')) {
                token.remove_prefix(1);
            }
            while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) {
                token.remove_suffix(1);
            }
            if (http::iequals(token, "close")) {
                return true;
            }
            value.remove_prefix(std::min(comma + 1, value.size()));
        }
        return false;
    });
}

}  // namespace apilab::transport::internal
