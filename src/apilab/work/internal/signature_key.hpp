#pragma once

#include <memory>
#include <span>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/work/internal/signature_table.hpp"

namespace apilab::work::internal {

/// A secret, read once: what is dear about a key (the hash of its blocks, a point of a curve) is
/// not done again for each webhook. A resource, shared by the copies of a verifier; may be used
/// from many threads at once.
class SignatureKey {
public:
    SignatureKey() = default;
    SignatureKey(const SignatureKey&) = delete;
    SignatureKey& operator=(const SignatureKey&) = delete;
    virtual ~SignatureKey() = default;

    /// Is any of them the signature of that under this key? No early way out. Where OpenSSL fails
    /// (it had no memory), nothing is proved.
    [[nodiscard]] virtual bool proved_by(const SignedParts& parts,
                                         std::span<const Proof> proofs) const = 0;
    /// The bytes of the signature; empty where this key signs nothing, or OpenSSL failed.
    [[nodiscard]] virtual std::string sign(const SignedParts& parts) const = 0;
};

enum class KeyUse : std::uint8_t { verify, sign };

/// Error `invalid_argument`: it is no secret of that scheme, or not the half that this use needs.
/// The message says what was expected and repeats nothing of it; `field` is its detail.
[[nodiscard]] Result<std::shared_ptr<const SignatureKey>> read_key(const SchemeRow& row,
                                                                   const Secret& secret, KeyUse use,
                                                                   std::string_view field);

}  // namespace apilab::work::internal
