// Headers as they may be typed: credentials only by the place where they are.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/redact.hpp"
#include "call/call.hpp"
#include "secret_argument.hpp"

namespace apilab::cli {
namespace {

bool is_variable(std::string_view text) {
    return !text.empty() && !ascii_digit(text.front()) &&
           std::ranges::all_of(text, [](char c) { return ascii_alnum(c) || c == '_'; });
}

// Where the place of a secret begins.
std::optional<std::size_t> place_of_secret(std::string_view value, bool credential) {
    for (std::size_t at = 0; at < value.size(); ++at) {
        if (at > 0 && value[at - 1] != ' ') {
            continue;
        }
        const auto rest = value.substr(at);
        const bool command = rest.starts_with("cmd:");
        const bool variable = rest.starts_with("env:") && is_variable(rest.substr(4));
        if (variable || (command && (credential || at == 0)) ||
            (credential && rest.starts_with('@'))) {
            return at;
        }
    }
    return std::nullopt;
}

}  // namespace

Result<HeaderValue> header_value(std::string_view name, const std::string& typed) {
    const auto first = std::min(typed.find_first_not_of(' '), typed.size());
    auto text = typed.substr(first);
    text.resize(text.find_last_not_of(' ') + 1);
    const bool credential = http::names_a_secret(name);
    const auto place = place_of_secret(text, credential);
    if (!place) {
        if (credential) {
            return fail(
                Error(ErrorKind::invalid_argument,
                      "a credential may not stand on a command line: every process list "
                      "and the shell's history would have it")
                    .with_detail("credential")
                    .with_remedy(fmt::format(
                        "write '{}:Bearer env:NAME' (or what the scheme is), with env:NAME, "
                        "@file or cmd:COMMAND in its place",
                        name)));
        }
        return HeaderValue{.value = std::move(text)};
    }
    APILAB_TRY(const auto secret, secret_argument(text.substr(*place)));
    text.resize(*place);
    text += secret.reveal();
    if (!http::valid_field_value(text)) {
        return fail(ErrorKind::invalid_argument, "what was found there has a line break in it");
    }
    return HeaderValue{.value = std::move(text), .secret = true};
}

}  // namespace apilab::cli
