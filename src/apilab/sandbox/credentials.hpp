#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::sandbox {

/// A secret of the seed world: the same seed gives the same, another seed another. `prefix` and 24
/// hexadecimal digits. Providers accept them beside the fixed ones (`ghp_stubtoken`, ...).
[[nodiscard]] std::string seed_secret(std::uint64_t seed, std::string_view name,
                                      std::string_view prefix);

/// What a sender of webhooks (`webhook::find_dialect`) signs with in this seed's world, in the form
/// it gives out; `former`: the secret that was good before.
[[nodiscard]] std::string webhook_secret(std::uint64_t seed, std::string_view from,
                                         bool former = false);
/// The same for Standard Webhooks' `v1a`: a private key, `whsk_...`.
[[nodiscard]] std::string webhook_private_key(std::uint64_t seed, bool former = false);

/// What a client of this seed's world is given, as names and values of environment variables:
/// credentials, and the ids of what it works with.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> seed_credentials(std::uint64_t seed);

/// A private key that a client is given as a file.
struct KeyFile {
    /// Of the environment variable with its path: `APILAB_GOOGLE_SA_KEY_FILE`.
    std::string_view variable;
    std::string_view name;
    /// PKCS#8, PEM.
    std::string_view pem;
};
/// The same for every seed (seed/keys.hpp).
[[nodiscard]] std::vector<KeyFile> key_files();

/// Every text of this seed's world that nobody may see: the values of `seed_credentials` whose name
/// ends in KEY, PASSWORD, SECRET or TOKEN, the keys that follow at a rotation, and the password as
/// Basic writes it.
[[nodiscard]] std::vector<std::string> seed_secrets(std::uint64_t seed);

}  // namespace apilab::sandbox
