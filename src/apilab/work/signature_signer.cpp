#include <fmt/format.h>

#include <string>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/signature_key.hpp"
#include "apilab/work/internal/signature_table.hpp"
#include "apilab/work/signature.hpp"

namespace apilab::work {
namespace {

using internal::SchemeRow;

constexpr std::size_t former_max = 9;
constexpr std::size_t id_max = 255;
constexpr std::int64_t seconds_max = 999'999'999'999;

std::unexpected<Error> unusable(std::string field, std::string message) {
    return fail(
        Error(ErrorKind::invalid_argument, std::move(message)).with_detail(std::move(field)));
}

Result<void> check_id(std::string_view id) {
    if (id.empty() || id.size() > id_max || id.contains('.') || !http::valid_field_value(id)) {
        return unusable("id", "id: expected 1 to 255 bytes without a dot or a line break");
    }
    return {};
}

Result<std::string> timestamp_of(SystemTime now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    if (seconds < 0 || seconds > seconds_max) {
        return unusable("now", "now: expected a time from 1970 on, in 12 digits of seconds");
    }
    return std::to_string(seconds);
}

}  // namespace

Result<SignatureSigner> SignatureSigner::create(SignatureScheme scheme, const Secret& secret,
                                                const std::vector<Secret>& former) {
    const SchemeRow& row = internal::row_of(scheme);
    if (former.size() > former_max || (!former.empty() && row.separator == '\0')) {
        return unusable("former",
                        row.separator == '\0'
                            ? fmt::format("former: {} has room for one signature", row.header)
                            : fmt::format("former: expected up to {} secrets", former_max));
    }
    SignatureSigner signer(scheme);
    APILAB_TRY(auto first, internal::read_key(row, secret, internal::KeyUse::sign, "secret"));
    signer.keys_.push_back(std::move(first));
    for (const Secret& each : former) {
        APILAB_TRY(auto key, internal::read_key(row, each, internal::KeyUse::sign, "former"));
        signer.keys_.push_back(std::move(key));
    }
    return signer;
}

Result<http::Headers> SignatureSigner::sign(std::string_view body, std::string_view id,
                                            SystemTime now) const {
    const SchemeRow& row = internal::row_of(scheme_);
    http::Headers headers;
    std::string timestamp;
    std::string value;
    if (!row.id_header.empty()) {
        APILAB_CHECK(check_id(id));
        headers.add(std::string(row.id_header), std::string(id));
    }
    if (row.timed()) {
        APILAB_TRY(timestamp, timestamp_of(now));
    }
    if (!row.time_header.empty()) {
        headers.add(std::string(row.time_header), timestamp);
    } else if (!row.time_item.empty()) {
        value = std::string(row.time_item) + timestamp;
    }
    const auto parts = internal::signed_parts(row, id, timestamp, body);
    for (const auto& key : keys_) {
        const auto bytes = key->sign(parts);
        if (bytes.empty()) {
            return fail(ErrorKind::internal, "OpenSSL does not sign with this key");
        }
        if (!value.empty()) {
            value += row.separator;
        }
        value += row.prefix;
        value +=
            row.encoding == internal::SignatureEncoding::hex ? to_hex(bytes) : base64_encode(bytes);
    }
    headers.add(std::string(row.header), std::move(value));
    return headers;
}

}  // namespace apilab::work
