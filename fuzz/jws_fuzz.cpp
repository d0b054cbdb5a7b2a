// Bytes as a compact JWS, checked with the published keys of RFC 7515 appendix A: what is accepted
// says the algorithm of the key, within the limits; a refusal says why. As payload and as a header
// field the bytes are signed and read back.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "apilab/auth/jws.hpp"
#include "apilab/http/json.hpp"

namespace {

using apilab::auth::SigningKey;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

const SigningKey& ec_key() {
    static const auto key = SigningKey::from_jwk(
        apilab::Secret(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRV)"
                       R"(EU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YB)"
                       R"(IffH1136cspYG6-0iY7X1fCE9-E9LI"})"));
    return *key;
}

const SigningKey& hmac_key() {
    static const auto key = SigningKey::from_jwk(
        apilab::Secret(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75)"
                       R"(aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})"));
    return *key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::set<std::string> reasons{"malformed", "algorithm", "critical", "mismatch"};
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& key : {ec_key(), hmac_key()}) {
        const auto jws = apilab::auth::verify_jws(text, key.verification());
        if (jws) {
            require(size <= apilab::auth::jws_size_max);
            const auto header = apilab::http::JsonDocument::parse(jws->header);
            require(header.has_value() &&
                    header->root()["alg"].string() == apilab::auth::to_string(key.algorithm()));
        } else {
            require(jws.error().kind() == apilab::ErrorKind::too_large ||
                    (jws.error().kind() == apilab::ErrorKind::auth &&
                     reasons.contains(jws.error().detail())));
        }
        const auto made = apilab::auth::sign_jws(key, {{"x", std::string(text)}}, text);
        if (made) {
            const auto read = apilab::auth::verify_jws(*made, key.verification());
            require(read.has_value() && read->payload == text);
        }
    }
    return 0;
}
