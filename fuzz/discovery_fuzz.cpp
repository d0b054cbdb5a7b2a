// Bytes as the metadata of an authorization server: they are those of the issuer that was asked
// for, and every endpoint is https or on this machine. And as an issuer: its metadata are looked
// for nowhere but on its own host.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "apilab/auth/discovery.hpp"

namespace {

using apilab::http::Url;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void require_trusted(const std::optional<Url>& url) {
    require(!url || url->secure() || url->host().starts_with("127.") || url->host() == "::1" ||
            url->host() == "localhost");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace apilab::auth;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    constexpr std::string_view issuer = "https://id.test";
    if (const auto metadata = read_server_metadata(text, issuer)) {
        require(metadata->issuer == issuer && text.contains("issuer"));
        require_trusted(metadata->token_endpoint);
        require_trusted(metadata->authorization_endpoint);
        require_trusted(metadata->device_authorization_endpoint);
        require_trusted(metadata->revocation_endpoint);
        require_trusted(metadata->introspection_endpoint);
        require_trusted(metadata->userinfo_endpoint);
        require_trusted(metadata->jwks_uri);
        require(metadata->grant_types_supported.size() <= 100);
    }
    for (const auto which : {WellKnown::oauth, WellKnown::openid}) {
        const auto place = well_known_url(text, which);
        const auto asked = Url::parse(text);
        require(!place || (asked && place->origin() == asked->origin() && place->query().empty() &&
                           place->path().contains("/.well-known/")));
    }
    return 0;
}
