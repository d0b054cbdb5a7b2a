#include "apilab/work/hmac.hpp"

#include "apilab/base/digest.hpp"

namespace apilab::work {

std::string hmac_sha256_hex(const Secret& key, std::string_view message) {
    return to_hex(hmac_sha256(key, message));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return apilab::equal_in_constant_time(a, b);
}

}  // namespace apilab::work
