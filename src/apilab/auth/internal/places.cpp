#include "apilab/auth/internal/places.hpp"

#include <algorithm>
#include <string_view>

#include "apilab/base/ascii.hpp"

namespace apilab::auth::internal {

bool trusted_place(const http::Url& url) {
    const std::string_view host = url.host();
    // http::Url lets no name end in a number, so that this is an address.
    const bool loopback4 = host.starts_with("127.") && std::ranges::all_of(host, [](char c) {
                               return ascii_digit(c) || c == '.';
                           });
    return url.secure() || loopback4 || host == "::1" || host == "localhost";
}

}  // namespace apilab::auth::internal
