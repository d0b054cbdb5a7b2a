#include "apilab/work/internal/signature_key.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/release.hpp"
#include "apilab/base/try.hpp"

namespace apilab::work::internal {
namespace {

constexpr std::size_t mac_size = 32;
constexpr std::size_t first_blocks = 256;  // four of SHA-256
constexpr std::size_t seed_size = 32;
constexpr std::size_t signature_size = 64;
constexpr std::size_t wrapped_min = 24;
constexpr std::size_t wrapped_max = 75;
constexpr std::string_view wrapper = "whsec_";
constexpr std::string_view private_prefix = "whsk_";
constexpr std::string_view public_prefix = "whpk_";

using MacPtr = std::unique_ptr<EVP_MAC, Release<&EVP_MAC_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, Release<&EVP_MAC_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Release<&EVP_MD_CTX_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using Mac = std::array<unsigned char, mac_size>;

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// OpenSSL keeps what failed for whoever asks next; that is not us.
template <class T>
T clean(T value) {
    ERR_clear_error();
    return value;
}

class HmacKey final : public SignatureKey {
public:
    // Nothing where OpenSSL refuses.
    static std::shared_ptr<const SignatureKey> create(std::string_view key) {
        const MacPtr mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
        MacContextPtr context(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
        std::string digest = "SHA256";
        const std::array params{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
            OSSL_PARAM_construct_end()};
        if (!context || EVP_MAC_init(context.get(), raw(key), key.size(), params.data()) != 1) {
            return clean(nullptr);
        }
        MacContextPtr spare(EVP_MAC_CTX_dup(context.get()));
        return std::make_shared<const HmacKey>(std::move(context), std::move(spare));
    }
    HmacKey(MacContextPtr keyed, MacContextPtr spare)
        : keyed_(std::move(keyed)), spare_(std::move(spare)) {}

    bool proved_by(const SignedBytes& bytes, std::span<const Proof> proofs) const override {
        Mac ours{};
        if (!compute(bytes, ours)) {
            return false;
        }
        bool proved = false;
        for (const Proof& proof : proofs) {
            const bool same = CRYPTO_memcmp(proof.data(), ours.data(), ours.size()) == 0;
            proved = proved || same;
        }
        return proved;
    }
    std::string sign(const SignedBytes& bytes) const override {
        Mac mac{};
        return compute(bytes, mac) ? std::string(mac.begin(), mac.end()) : std::string();
    }

private:
    bool compute(const SignedBytes& bytes, Mac& mac) const {
        // Making a context costs as much as a small body does: the one that is kept serves whoever
        // comes first, and who comes meanwhile from another thread copies the keyed one.
        const std::unique_lock lock(busy_, std::try_to_lock);
        if (lock.owns_lock() && spare_) {
            // Without a key it begins anew with the one it has.
            return EVP_MAC_init(spare_.get(), nullptr, 0, nullptr) == 1
                       ? finish(spare_.get(), bytes, mac)
                       : clean(false);
        }
        const MacContextPtr copy(EVP_MAC_CTX_dup(keyed_.get()));
        return copy ? finish(copy.get(), bytes, mac) : clean(false);
    }
    static bool update(EVP_MAC_CTX* context, std::string_view part) {
        return part.empty() || EVP_MAC_update(context, raw(part), part.size()) == 1;
    }
    static bool finish(EVP_MAC_CTX* context, const SignedBytes& bytes, Mac& mac) {
        // Whole blocks from the first on: OpenSSL gathers the pieces of one more slowly.
        std::array<char, first_blocks> first;
        std::size_t filled = 0;
        for (std::string_view part : bytes.head) {
            if (part.size() > first.size() - filled) {
                if (!update(context, {first.data(), std::exchange(filled, 0)}) ||
                    !update(context, part)) {
                    return clean(false);
                }
            } else {
                filled += part.copy(first.data() + filled, part.size());
            }
        }
        std::string_view body = bytes.body;
        if (filled != 0) {
            const auto taken = body.copy(first.data() + filled, first.size() - filled);
            body.remove_prefix(taken);
            filled += taken;
        }
        if (!update(context, {first.data(), filled}) || !update(context, body)) {
            return clean(false);
        }
        std::size_t size = 0;
        return (EVP_MAC_final(context, mac.data(), &size, mac.size()) == 1 && size == mac_size) ||
               clean(false);
    }

    /// Never used, so that it can be copied from any thread.
    MacContextPtr keyed_;
    mutable std::mutex busy_;
    MacContextPtr spare_;
};

class Ed25519Key final : public SignatureKey {
public:
    Ed25519Key(PkeyPtr key, bool can_sign) : key_(std::move(key)), can_sign_(can_sign) {}

    bool proved_by(const SignedBytes& bytes, std::span<const Proof> proofs) const override {
        const auto message = bytes.joined();  // ed25519 reads it twice
        bool proved = false;
        for (const Proof& proof : proofs) {
            const bool good = verify(message, proof);
            proved = proved || good;
        }
        return proved;
    }
    std::string sign(const SignedBytes& bytes) const override {
        const DigestContextPtr context(EVP_MD_CTX_new());
        const auto message = bytes.joined();
        std::string signature(signature_size, '\0');
        std::size_t size = signature.size();
        const bool made =
            can_sign_ && context &&
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
            EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           raw(message), message.size()) == 1;
        return clean(made ? signature : std::string());
    }

private:
    [[nodiscard]] bool verify(std::string_view message, const Proof& proof) const {
        const DigestContextPtr context(EVP_MD_CTX_new());
        return clean(context &&
                     EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) ==
                         1 &&
                     EVP_DigestVerify(context.get(), raw({proof.data(), proof.size()}),
                                      proof.size(), raw(message), message.size()) == 1);
    }

    PkeyPtr key_;
    bool can_sign_;
};

using Made = Result<std::shared_ptr<const SignatureKey>>;

Made hmac_key(std::string_view bytes) {
    auto key = HmacKey::create(bytes);
    if (!key) {
        return fail(ErrorKind::internal, "OpenSSL has no HMAC-SHA256");
    }
    return key;
}

std::unexpected<Error> unusable(std::string message, std::string_view field) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", field, message))
                    .with_detail(std::string(field)));
}

Made wrapped_key(std::string_view text, std::string_view field) {
    if (text.starts_with(private_prefix) || text.starts_with(public_prefix)) {
        return unusable("an ed25519 key is for the scheme standard-ed25519", field);
    }
    text.remove_prefix(text.starts_with(wrapper) ? wrapper.size() : 0);
    auto bytes = base64_decode(text);
    if (!bytes || bytes->size() < wrapped_min || bytes->size() > wrapped_max) {
        return unusable(fmt::format("expected base64 of {} to {} bytes, {} before it or not",
                                    wrapped_min, wrapped_max, wrapper),
                        field);
    }
    const Secret key(*std::move(bytes));  // wiped when it goes
    return hmac_key(key.reveal());
}

// The point must be the one of the seed: who signs with another has mixed up two keys.
bool halves_match(const EVP_PKEY* key, std::string_view point) {
    std::array<unsigned char, seed_size> own{};
    std::size_t size = own.size();
    return point.empty() ||
           (EVP_PKEY_get_raw_public_key(key, own.data(), &size) == 1 && point.size() == size &&
            std::equal(own.begin(), own.end(), raw(point)));
}

Made signing_key(std::string_view text, std::string_view field) {
    constexpr std::string_view expected =
        "expected whsk_ and base64 of the 32 bytes of an ed25519 seed, its public key behind it or "
        "not";
    if (!text.starts_with(private_prefix)) {
        return unusable(std::string(expected), field);
    }
    const Secret bytes(base64_decode(text.substr(private_prefix.size())).value_or(""));
    const auto both = bytes.reveal();
    if (both.size() != seed_size && both.size() != 2 * seed_size) {
        return unusable(std::string(expected), field);
    }
    PkeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(both), seed_size));
    if (!key || !halves_match(key.get(), both.substr(seed_size))) {
        return unusable("the private and the public half of the key do not belong together", field);
    }
    return std::make_shared<const Ed25519Key>(std::move(key), true);
}

Made checking_key(std::string_view text, std::string_view field) {
    if (text.starts_with(private_prefix)) {
        return unusable("whsk_ is the sender's private key; who receives has whpk_", field);
    }
    const auto point = text.starts_with(public_prefix)
                           ? base64_decode(text.substr(public_prefix.size()))
                           : std::nullopt;
    PkeyPtr key(point && point->size() == seed_size
                    ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(*point), seed_size)
                    : nullptr);
    if (!key) {
        return unusable("expected whpk_ and base64 of the 32 bytes of an ed25519 public key",
                        field);
    }
    return std::make_shared<const Ed25519Key>(std::move(key), false);
}

}  // namespace

Made read_key(const SchemeRow& row, const Secret& secret, KeyUse use, std::string_view field) {
    if (secret.empty()) {
        return unusable("a webhook secret is not empty", field);
    }
    switch (row.key) {
        case KeyRule::text:
            return hmac_key(secret.reveal());
        case KeyRule::wrapped:
            return wrapped_key(secret.reveal(), field);
        case KeyRule::ed25519:
            return use == KeyUse::sign ? signing_key(secret.reveal(), field)
                                       : checking_key(secret.reveal(), field);
    }
    return fail(ErrorKind::internal, "a scheme without a rule for its key");
}

}  // namespace apilab::work::internal
