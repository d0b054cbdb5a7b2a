// Bytes as the key file of a service account; the word PEM in them stands for a private key. What
// is taken makes a request to the file's own endpoint; a refusal names the member.

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/auth/service_account.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// With the line ends as JSON writes them.
std::string new_pem() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    BIO* out = BIO_new(BIO_s_mem());
    require(PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(out, &bytes);
    std::string text;
    for (const char c : std::string_view(bytes, static_cast<std::size_t>(size))) {
        text += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    BIO_free(out);
    EVP_PKEY_free(key);
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string pem = new_pem();
    std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto at = text.find("PEM"); at != std::string::npos) {
        text.replace(at, 3, pem);
    }
    const auto account = apilab::auth::ServiceAccount::from_json(apilab::Secret(text));
    if (account) {
        require(!account->client_email.empty() && !account->key.key_id().empty());
        const apilab::auth::JwtBearerGrant grant(account->grant_options("scope"));
        const auto request = grant.request({}, apilab::SystemTime(std::chrono::seconds(1)));
        // An address or an id that is larger than a JWT may be.
        require(!request || request->url() == account->token_url);
        require(request || request.error().kind() == apilab::ErrorKind::too_large);
    } else {
        require(account.error().kind() == apilab::ErrorKind::invalid_argument);
        require(account.error().detail().empty() || account.error().detail().starts_with('/'));
        require(!account.error().to_string().contains("PRIVATE KEY-----"));
    }
    return 0;
}
