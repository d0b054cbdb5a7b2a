#include "apilab/auth/token_store.hpp"

#include <algorithm>

namespace apilab::auth {

Result<void> check_token_name(std::string_view name) {
    constexpr std::size_t name_max = 64;
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const bool good = !name.empty() && name.size() <= name_max && !name.starts_with('.') &&
                      std::ranges::all_of(name, [&](char c) { return allowed.contains(c); });
    if (!good) {
        return fail(Error(ErrorKind::invalid_argument,
                          "a credential's name has 1 to 64 characters of A-Z a-z 0-9 . _ - and "
                          "does not begin with a dot")
                        .with_detail("name"));
    }
    return {};
}

}  // namespace apilab::auth
