#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "apilab/work/signature.hpp"

namespace apilab::work::internal {

enum class SignatureEncoding : std::uint8_t { hex, base64 };

/// What a secret's text stands for.
enum class KeyRule : std::uint8_t {
    /// The key itself, byte by byte, whatever it begins with.
    text,
    /// base64 behind `whsec_`, which may be missing.
    wrapped,
    /// An ed25519 key behind `whpk_` or `whsk_`.
    ed25519,
};

/// All that tells one scheme from another.
struct SchemeRow {
    SignatureScheme scheme;
    std::string_view name;
    /// Of the signature or signatures.
    std::string_view header;
    /// Before each of them. What has another one is no signature of this scheme.
    std::string_view prefix;
    /// Between the items of the header; 0: it is one signature.
    char separator = '\0';
    /// Where the time stands: in a header of its own, or in an item of the signature's. Both empty:
    /// none is signed.
    std::string_view time_header;
    std::string_view time_item;
    /// Empty: no id is signed.
    std::string_view id_header;
    /// What is signed: lead, id and a dot, time and joint, body.
    std::string_view lead;
    std::string_view joint;
    SignatureEncoding encoding = SignatureEncoding::hex;
    KeyRule key = KeyRule::text;

    [[nodiscard]] bool timed() const { return !time_header.empty() || !time_item.empty(); }
    /// Of a signature, decoded.
    [[nodiscard]] std::size_t proof_size() const { return key == KeyRule::ed25519 ? 64 : 32; }
};

[[nodiscard]] std::span<const SchemeRow> scheme_table();
[[nodiscard]] const SchemeRow& row_of(SignatureScheme scheme);

/// A signature's bytes; the scheme says how many of them count.
using Proof = std::array<char, 64>;

/// What is signed: the body and what stands before it, none of it copied.
struct SignedBytes {
    /// One after another; views of what `signed_bytes` was given.
    std::array<std::string_view, 5> head;
    std::string_view body;

    /// As one text, for who has to read it twice.
    [[nodiscard]] std::string joined() const;
};
[[nodiscard]] SignedBytes signed_bytes(const SchemeRow& row, std::string_view id,
                                       std::string_view timestamp, std::string_view body);

}  // namespace apilab::work::internal
