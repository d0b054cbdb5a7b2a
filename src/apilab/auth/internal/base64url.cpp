#include "apilab/auth/internal/base64url.hpp"

#include <algorithm>

#include "apilab/base/base64.hpp"

namespace apilab::auth::internal {

std::string base64url(std::string_view bytes) {
    std::string text = base64_encode(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

}  // namespace apilab::auth::internal
