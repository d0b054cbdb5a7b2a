// Bytes as a JWK: what is taken signs what its other half accepts; a refusal says why and never
// shows the key.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/auth/jws.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using apilab::auth::SigningKey;
    using apilab::auth::VerificationKey;
    const apilab::Secret text(std::string(reinterpret_cast<const char*>(data), size));
    const auto checking = VerificationKey::from_jwk(text);
    const auto signing = SigningKey::from_jwk(text);
    if (signing) {
        require(checking.has_value() || text.reveal().contains("key_ops"));
        require(!signing->fingerprint().empty());
        // A key id that is no UTF-8 or too long for a header is the one thing that may be wrong.
        const auto jws = apilab::auth::sign_jws(signing->with_key_id("k"), {}, "payload");
        require(jws.has_value());
        const auto read = apilab::auth::verify_jws(*jws, signing->verification());
        require(read.has_value() && read->payload == "payload");
        if (checking) {
            require(checking->fingerprint() == signing->fingerprint());
            require(apilab::auth::verify_jws(*jws, *checking).has_value());
        }
    } else {
        require(!signing.error().message().empty());
        require(signing.error().kind() == apilab::ErrorKind::invalid_argument);
    }
    if (!checking) {
        require(checking.error().kind() == apilab::ErrorKind::invalid_argument);
    }
    return 0;
}
