#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/redact.hpp"
#include "pages/pages.hpp"
#include "secret_argument.hpp"

namespace apilab::cli {
namespace {

Result<void> add_header(const std::string& text, http::Request& request) {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    if (colon == std::string::npos || !http::valid_field_name(name)) {
        return fail(ErrorKind::invalid_argument, "--header: expected \"name: value\"");
    }
    auto value = text.substr(std::min(text.find_first_not_of(' ', colon + 1), text.size()));
    const auto lowered = ascii_lowered(name);
    if (lowered == "authorization" || lowered == "cookie" || http::names_a_secret(lowered)) {
        // Itself it would stand in every process list.
        APILAB_TRY(const auto secret, secret_argument(value));
        value = secret.reveal();
    }
    if (!http::valid_field_value(value)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("--header: {} has a line break in its value", name));
    }
    request.headers().add(name, value);
    return {};
}

}  // namespace

Result<http::Request> first_page(const PagesFlags& flags) {
    APILAB_TRY(auto url, http::Url::parse(flags.url));
    auto request = http::Request::get(std::move(url));
    for (const auto& header : flags.headers) {
        APILAB_CHECK(add_header(header, request));
    }
    if (!flags.token.empty()) {
        APILAB_TRY(const auto token, secret_argument(flags.token));
        request.header("authorization", "Bearer " + std::string(token.reveal()));
    }
    return request;
}

data::PageRules page_rules_of(const PagesFlags& flags) {
    using data::PageKind;
    constexpr std::array kinds{
        std::pair{"auto", PageKind::detect},      std::pair{"link", PageKind::link_header},
        std::pair{"next", PageKind::next_url},    std::pair{"cursor", PageKind::cursor},
        std::pair{"page", PageKind::page_number}, std::pair{"offset", PageKind::offset}};
    data::PageRules rules{.name = "pages"};
    for (const auto& [name, kind] : kinds) {
        if (flags.kind == name) {
            rules.kind = kind;
        }
    }
    const auto or_else = [](const std::string& given, std::string_view otherwise) {
        return given.empty() ? std::string(otherwise) : given;
    };
    switch (rules.kind) {
        case PageKind::next_url:
            rules.next = or_else(flags.next, "/next");
            break;
        case PageKind::cursor:
            rules.next = or_else(flags.next, "/next_cursor");
            rules.parameter = or_else(flags.parameter, "cursor");
            break;
        case PageKind::page_number:
            rules.parameter = or_else(flags.parameter, "page");
            break;
        case PageKind::offset:
            rules.parameter = or_else(flags.parameter, "offset");
            break;
        default:
            break;
    }
    if (rules.kind != PageKind::detect) {
        rules.items = or_else(flags.items, rules.kind == PageKind::link_header ? "" : "/items");
        rules.expired = {{.status = 400, .pointer = "/code", .value = "invalid_cursor"},
                         {.status = 410}};
    }
    return rules;
}

}  // namespace apilab::cli
