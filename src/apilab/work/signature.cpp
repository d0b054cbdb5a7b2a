#include "apilab/work/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/signature_key.hpp"
#include "apilab/work/internal/signature_table.hpp"
#include "apilab/work/internal/signature_text.hpp"

namespace apilab::work {
namespace {

using internal::Proof;
using internal::SchemeRow;

constexpr std::size_t secrets_max = 10;
constexpr std::size_t proofs_max = 10;
constexpr std::size_t header_max = 4096;
constexpr std::size_t id_max = 255;
constexpr std::size_t timestamp_digits_max = 12;

std::unexpected<Error> refuse(std::string why, std::string message) {
    return fail(Error(ErrorKind::auth, std::move(message))
                    .with_detail(std::move(why))
                    .with_remedy("answer 401 and do nothing"));
}

// Two readers of a header that is there twice may take two different ones.
Result<std::string_view> only_one(const http::Headers& headers, std::string_view name) {
    const std::string* found = nullptr;
    for (const auto& [key, value] : headers) {
        // Most differ in their length, which needs no call.
        if (key.size() != name.size() || !http::iequals(key, name)) {
            continue;
        }
        if (found != nullptr) {
            return refuse("repeated", fmt::format("the webhook has {} twice", name));
        }
        found = &value;
    }
    if (found == nullptr || found->empty()) {
        return refuse("missing", fmt::format("the webhook has no {}", name));
    }
    if (found->size() > header_max) {
        return refuse("malformed", fmt::format("{} has more than {} bytes", name, header_max));
    }
    return *found;
}

bool decode(const SchemeRow& row, std::string_view text, Proof& proof) {
    const auto bytes = std::span(proof).first(row.proof_size());
    return row.encoding == internal::SignatureEncoding::hex ? internal::read_hex(text, bytes)
                                                            : internal::read_base64(text, bytes);
}

// What a webhook says of itself.
struct Claims {
    std::string_view id;
    std::string_view timestamp;
    std::array<Proof, proofs_max> proofs;  // the first `count` of them
    std::size_t count = 0;

    [[nodiscard]] std::span<const Proof> all() const { return std::span(proofs).first(count); }
};

std::string form_of(const SchemeRow& row) {
    const bool hex = row.encoding == internal::SignatureEncoding::hex;
    return fmt::format("{}<{} of {} bytes>", row.prefix, hex ? "hex" : "base64", row.proof_size());
}

Result<void> read_single(const SchemeRow& row, std::string_view value, Claims& claims) {
    if (!value.starts_with(row.prefix) ||
        !decode(row, value.substr(row.prefix.size()), claims.proofs.front())) {
        return refuse("malformed", fmt::format("{} is not {}", row.header, form_of(row)));
    }
    claims.count = 1;
    return {};
}

// The time and a signature are looked at; what has another name proves nothing, whatever it is.
Result<void> read_item(const SchemeRow& row, std::string_view item, Claims& claims) {
    const bool pairs = !row.time_item.empty();
    // Two headers that somebody joined to one with ", " are two.
    if (pairs ? !item.contains('=') || item.contains(' ') : item.ends_with(',')) {
        return refuse("malformed", fmt::format("{} is no list of signatures", row.header));
    }
    if (pairs && item.starts_with(row.time_item)) {
        if (claims.timestamp.data() != nullptr) {
            return refuse("repeated", fmt::format("{} has {} twice", row.header, row.time_item));
        }
        claims.timestamp = item.substr(row.time_item.size());
        return {};
    }
    if (!item.starts_with(row.prefix)) {
        return {};
    }
    if (claims.count == proofs_max) {
        return refuse("malformed",
                      fmt::format("{} has more than {} signatures", row.header, proofs_max));
    }
    if (!decode(row, item.substr(row.prefix.size()), claims.proofs.at(claims.count))) {
        return refuse("malformed",
                      fmt::format("{} has a signature that is not {}", row.header, form_of(row)));
    }
    ++claims.count;
    return {};
}

Result<void> read_list(const SchemeRow& row, std::string_view value, Claims& claims) {
    while (!value.empty()) {
        const auto item = value.substr(0, value.find(row.separator));
        value.remove_prefix(std::min(item.size() + 1, value.size()));
        APILAB_CHECK(read_item(row, item, claims));
    }
    if (claims.count == 0) {
        return refuse("missing", fmt::format("{} has no signature that begins with {}: no other "
                                             "proves anything here",
                                             row.header, row.prefix));
    }
    if (!row.time_item.empty() && claims.timestamp.empty()) {
        return refuse("missing", fmt::format("{} has no {}", row.header, row.time_item));
    }
    return {};
}

Result<void> read_claims(const SchemeRow& row, const http::Headers& headers, Claims& claims) {
    APILAB_TRY(const auto value, only_one(headers, row.header));
    APILAB_CHECK(row.separator == '\0' ? read_single(row, value, claims)
                                       : read_list(row, value, claims));
    if (!row.time_header.empty()) {
        APILAB_TRY(claims.timestamp, only_one(headers, row.time_header));
    }
    if (!row.id_header.empty()) {
        APILAB_TRY(claims.id, only_one(headers, row.id_header));
        if (claims.id.size() > id_max || claims.id.contains('.')) {
            return refuse("malformed", fmt::format("{} is not up to {} bytes without a dot",
                                                   row.id_header, id_max));
        }
    }
    return {};
}

Result<void> check_time(std::string_view text, SystemTime now, Duration tolerance) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (!std::ranges::all_of(text, ascii_digit) || text.size() > timestamp_digits_max ||
        read.ec != std::errc()) {
        return refuse("malformed", "the webhook's timestamp is not a number of seconds");
    }
    // In milliseconds: twelve digits of seconds do not fit into nanoseconds.
    using std::chrono::milliseconds;
    const auto ours = std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
    const auto off = ours - std::chrono::seconds(seconds);
    if (std::chrono::abs(off) > std::chrono::duration_cast<milliseconds>(tolerance)) {
        return refuse("timestamp",
                      fmt::format("the webhook was signed {} s {}", std::abs(off.count()) / 1000,
                                  off.count() > 0 ? "ago" : "ahead"));
    }
    return {};
}

}  // namespace

Result<SignatureVerifier> SignatureVerifier::create(SignatureScheme scheme,
                                                    SignatureOptions options) {
    if (options.secrets.empty() || options.secrets.size() > secrets_max) {
        return fail(Error(ErrorKind::invalid_argument, "secrets: expected 1 to 10 webhook secrets")
                        .with_detail("secrets"));
    }
    if (options.tolerance < std::chrono::seconds(1) || options.tolerance > std::chrono::hours(1)) {
        return fail(Error(ErrorKind::invalid_argument, "tolerance: expected 1 s to 1 h")
                        .with_detail("tolerance"));
    }
    SignatureVerifier verifier(scheme, options.tolerance);
    for (const Secret& secret : options.secrets) {
        APILAB_TRY(auto key, internal::read_key(internal::row_of(scheme), secret,
                                                internal::KeyUse::verify, "secrets"));
        verifier.keys_.push_back(std::move(key));
    }
    return verifier;
}

Result<void> SignatureVerifier::verify(const http::Headers& headers, std::string_view body,
                                       SystemTime now) const {
    const SchemeRow& row = internal::row_of(scheme_);
    Claims claims;
    APILAB_CHECK(read_claims(row, headers, claims));
    if (row.timed()) {
        APILAB_CHECK(check_time(claims.timestamp, now, tolerance_));
    }
    const auto signed_bytes = internal::signed_bytes(row, claims.id, claims.timestamp, body);
    bool proved = false;
    for (const auto& key : keys_) {  // all of them: no early way out to be timed
        const bool good = key->proved_by(signed_bytes, claims.all());
        proved = proved || good;
    }
    return proved ? Result<void>() : refuse("mismatch", "the webhook's signature is not its own");
}

}  // namespace apilab::work
