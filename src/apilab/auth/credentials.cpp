#include "apilab/auth/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/base64.hpp"

namespace apilab::auth {
namespace {

bool control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

}  // namespace

Credentials::Credentials(std::string scheme, std::string header, Secret field)
    : scheme_(std::move(scheme)), header_(std::move(header)), field_(std::move(field)) {}

Credentials Credentials::api_key(Secret key, std::string header) {
    return {"API key", std::move(header), std::move(key)};
}

Credentials Credentials::basic(std::string_view user, const Secret& password) {
    const bool sound = !user.contains(':') && std::ranges::none_of(user, control) &&
                       std::ranges::none_of(password.reveal(), control);
    return {"Basic", "authorization",
            sound ? Secret("Basic " + base64_encode(fmt::format("{}:{}", user, password.reveal())))
                  : Secret()};
}

Credentials Credentials::bearer(const Secret& token) {
    return {"Bearer", "authorization",
            token.empty() ? Secret() : Secret(fmt::format("Bearer {}", token.reveal()))};
}

Credentials Credentials::only_for(const http::Url& origin) const {
    Credentials bound = *this;
    bound.origin_ = origin.origin();
    return bound;
}

Result<void> Credentials::put_on(http::Request& request) const {
    if (!origin_.empty() && origin_ != request.url().origin()) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("these credentials are for {}, not for {}", origin_,
                                request.url().origin()));
    }
    if (field_.empty() || !http::valid_field_value(field_.reveal()) ||
        !http::valid_field_name(header_)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{} is empty or has a character that may not be sent", scheme_));
    }
    request.header(header_, std::string(field_.reveal()));
    return {};
}

std::string Credentials::describe() const {
    return fmt::format("{} in {}{}", scheme_, header_,
                       origin_.empty() ? "" : fmt::format(", only for {}", origin_));
}

}  // namespace apilab::auth
