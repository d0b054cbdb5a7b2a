#include "apilab/auth/unguessable.hpp"

#include <string>
#include <utility>

#include "apilab/base/base64.hpp"

namespace apilab::auth {

Secret unguessable(Rng& chance) {
    constexpr int words = 4;
    constexpr int bytes_of_a_word = 8;
    constexpr unsigned bits_of_a_byte = 8;
    std::string bytes;
    for (int word = 0; word < words; ++word) {
        auto bits = chance.next();
        for (int i = 0; i < bytes_of_a_word; ++i) {
            bytes += static_cast<char>(bits & 0xFFU);
            bits >>= bits_of_a_byte;
        }
    }
    const Secret raw(std::move(bytes));
    return Secret(base64url_encode(raw.reveal()));
}

}  // namespace apilab::auth
