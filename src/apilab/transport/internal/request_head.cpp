#include "apilab/transport/internal/request_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "apilab/http/content_coding.hpp"
#include "apilab/runtime/body.hpp"

namespace apilab::transport::internal {
namespace {

std::unexpected<Error> refuse(std::string field, std::string message) {
    return fail(Error(ErrorKind::invalid_argument, std::move(message))
                    .with_detail(std::move(field))
                    .with_outcome(Outcome::not_sent));
}

// The body as it is announced.
struct Announced {
    bool any = false;
    /// Nothing: chunked.
    std::optional<std::uint64_t> length;
};

Announced announced(const http::Request& request, const runtime::BodySource* upload) {
    if (upload != nullptr) {
        return {.any = true, .length = upload->length()};
    }
    return {.any = !request.body().empty(), .length = request.body().size()};
}

Result<void> check_field(const http::Headers::Field& field, const Announced& body) {
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
                      "transfer-encoding is not for the caller to set: it is added where a body "
                      "does not know its length");
    }
    if (http::iequals(name, "content-length") &&
        (!body.length || value != std::to_string(*body.length))) {
        return refuse(name, fmt::format("content-length is {} but the body has {} bytes; leave it "
                                        "out, it is added",
                                        value,
                                        body.length ? std::to_string(*body.length)
                                                    : std::string("an unknown number of")));
    }
    return {};
}

// What frames the body. True where it is chunked.
bool add_framing(http::Request& request, const Announced& body) {
    auto& headers = request.headers();
    const auto& method = request.method();
    if (!body.length) {
        headers.add("transfer-encoding", "chunked");
    } else if ((body.any || method == "POST" || method == "PUT" || method == "PATCH") &&
               !headers.contains("content-length")) {
        headers.add("content-length", std::to_string(*body.length));
    }
    if (!body.any) {
        headers.remove("expect");
    }
    return !body.length;
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
    if (context.upload != nullptr && !request.body().empty()) {
        return refuse("upload", "the request has a body and the call an upload; give one of them");
    }
    const Announced body = announced(request, context.upload.get());
    auto& headers = request.headers();
    for (const auto& field : headers) {
        if (auto checked = check_field(field, body); !checked) {
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
    const bool chunked = add_framing(request, body);
    const bool decode = additions.accept_codings && !headers.contains("accept-encoding") &&
                        !headers.contains("range");
    if (decode) {
        headers.add("accept-encoding", std::string(http::accepted_content_codings));
    }
    return Prepared{std::move(request), decode, chunked};
}

void write_head(const http::Request& request, TargetForm form, std::string& out) {
    out += request.method();
    out += ' ';
    if (form == TargetForm::absolute) {
        out += request.url().origin();
    }
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

bool expects_continue(const http::Headers& headers) {
    return http::iequals(headers.value("expect"), "100-continue");
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
