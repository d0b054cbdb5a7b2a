#include "apilab/server/internal/response_head.hpp"

#include <algorithm>
#include <charconv>

namespace apilab::server::internal {
namespace {

using http::iequals;

bool ours(std::string_view name) {
    return iequals(name, "content-length") || iequals(name, "transfer-encoding") ||
           iequals(name, "connection") || iequals(name, "keep-alive");
}

Result<void> check(const http::Response& response) {
    if (response.status() < 200 || response.status() > 999) {
        return fail(ErrorKind::invalid_argument, "an answer's status is outside 200 to 999");
    }
    if (!http::valid_field_value(response.reason())) {
        return fail(ErrorKind::invalid_argument, "an answer's reason holds a control character");
    }
    for (const auto& [name, value] : response.headers()) {
        if (!http::valid_field_name(name)) {
            return fail(ErrorKind::invalid_argument, "an answer's field name is no token");
        }
        if (!http::valid_field_value(value)) {
            return fail(ErrorKind::invalid_argument,
                        "an answer's field '" + name + "' holds CR, LF or NUL");
        }
    }
    return {};
}

void append_number(std::string& out, std::size_t number) {
    char digits[20];
    const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), number);
    out.append(std::begin(digits), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void append_length(std::string& out, const http::Response& response, const HeadOptions& options) {
    const bool head_request = options.head_request;
    if (response.status() == 204 || response.status() == 304) {
        return;
    }
    const std::string_view given = response.headers().value("content-length");
    const bool digits =
        !given.empty() && std::ranges::all_of(given, [](char c) { return c >= '0' && c <= '9'; });
    if (head_request && response.body().empty() && digits) {
        append_field(out, "content-length", given);
        return;
    }
    if (options.chunked) {
        append_field(out, "transfer-encoding", "chunked");
        return;
    }
    out.append("content-length: ");
    append_number(out, options.announced.value_or(response.body().size()));
    out.append("\r\n");
}

}  // namespace

bool has_body(int status, bool head_request) {
    return !head_request && status != 204 && status != 304;
}

Result<void> append_head(std::string& out, const http::Response& response,
                         const HeadOptions& options) {
    if (auto sound = check(response); !sound) {
        return sound;
    }
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(response.status()));
    const std::string_view reason =
        response.reason().empty() ? http::reason_phrase(response.status()) : response.reason();
    out.append(" ").append(reason).append("\r\n");
    bool dated = false;
    bool named = false;
    for (const auto& [name, value] : response.headers()) {
        if (ours(name)) {
            continue;
        }
        dated = dated || iequals(name, "date");
        named = named || iequals(name, "server");
        append_field(out, name, value);
    }
    if (!dated) {
        append_field(out, "date", options.date);
    }
    if (!named && !options.server.empty()) {
        append_field(out, "server", options.server);
    }
    if (!options.endless) {
        append_length(out, response, options);
    }
    if (options.close) {
        out.append("connection: close\r\n");
    } else if (options.http10) {
        out.append("connection: keep-alive\r\n");
    }
    out.append("\r\n");
    return {};
}

Delivery plan_delivery(const http::WirePlan* plan, std::size_t head, std::size_t body) {
    using End = Delivery::End;
    const std::size_t all = head + body;
    if (plan == nullptr) {
        return {.bytes = all};
    }
    switch (plan->reset) {
        case http::WirePlan::Reset::before_response:
            return {.bytes = 0, .end = End::reset, .cut = true};
        case http::WirePlan::Reset::mid_headers:
            return {.bytes = head / 2, .end = End::reset, .cut = true};
        case http::WirePlan::Reset::mid_body:
            // Without a body the head must stay unfinished, else the answer would be whole.
            return {
                .bytes = body == 0 ? head - 2 : head + body / 2, .end = End::reset, .cut = true};
        case http::WirePlan::Reset::none:
            break;
    }
    if (plan->close_before_response) {
        return {.bytes = 0, .end = End::fin, .cut = true};
    }
    const std::size_t kept = head + std::min(plan->truncate_body_at.value_or(body), body);
    std::size_t stall = plan->stall_at.value_or(kept);
    if (plan->stall_body_at) {
        stall = std::min(stall, head + std::min(*plan->stall_body_at, body));
    }
    if (stall < kept) {
        return {.bytes = stall, .end = End::stall};
    }
    if (plan->truncate_body_at) {
        return {.bytes = kept, .end = End::fin, .cut = kept < all};
    }
    return {.bytes = all, .end = plan->close_after ? End::fin : End::complete};
}

http::WirePlan without_stall(http::WirePlan plan) {
    plan.stall_at.reset();
    plan.stall_body_at.reset();
    return plan;
}

Piece piece(std::string_view head, std::string_view body, std::size_t from, std::size_t to) {
    const auto cut = [&](std::string_view part, std::size_t offset) {
        const std::size_t begin = std::clamp(from, offset, offset + part.size());
        const std::size_t end = std::clamp(to, begin, offset + part.size());
        return part.substr(begin - offset, end - begin);
    };
    return {cut(head, 0), cut(body, head.size())};
}

}  // namespace apilab::server::internal
