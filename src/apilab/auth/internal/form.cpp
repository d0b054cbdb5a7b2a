#include "apilab/auth/internal/form.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/http/url.hpp"

namespace apilab::auth::internal {
namespace {

std::string decoded(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return http::percent_decode(spaced);
}

}  // namespace

Result<Fields> read_form(std::string_view text) {
    if (text.size() > form_size_max) {
        return fail(ErrorKind::too_large,
                    fmt::format("a form of more than {} bytes", form_size_max));
    }
    Fields fields;
    while (!text.empty()) {
        const auto field = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(field.size() + 1, text.size()));
        if (field.empty()) {
            continue;
        }
        if (fields.size() == form_fields_max) {
            return fail(ErrorKind::too_large,
                        fmt::format("a form of more than {} fields", form_fields_max));
        }
        const auto equals = std::min(field.find('='), field.size());
        fields.emplace_back(decoded(field.substr(0, equals)),
                            decoded(field.substr(std::min(equals + 1, field.size()))));
    }
    return fields;
}

std::string shown(std::string_view text, std::size_t size_max) {
    std::string out(text.substr(0, size_max));
    std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
    return out;
}

}  // namespace apilab::auth::internal
