#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/data/model.hpp"
#include "apilab/http/json.hpp"

namespace apilab::data {

struct DecodeOptions {
    /// For all models of this call, whatever they say themselves. Default: each model's own, and
    /// `OnDrift::tolerant` where it has none.
    std::optional<OnDrift> on_drift;
    /// Elements of all lists and maps together. Default 100,000; more is `too_large`. (A list of
    /// zeros is two bytes an element, and each may become a struct of kilobytes.)
    std::size_t items_max = 100'000;
    /// Entries in the report. Default 100; what comes beyond is only counted.
    std::size_t drift_entries_max = 100;
    /// Bytes of JSON that all `UnknownFields` and `RawJson` of the call keep. Default 16 MiB; more
    /// is `too_large`.
    std::size_t kept_bytes_max = std::size_t{16} << 20U;
    /// For `decode(text)`. Size in bytes, depth in levels.
    http::JsonLimits json;
};

// What follows is what decode.hpp is made of; nothing in it is meant to be called.

/// How decoding one value ended.
enum class Step : std::uint8_t {
    /// It is there.
    kept,
    /// It is not usable, which is on record.
    unusable,
    /// Its own model said that it is to be left out.
    dropped,
    /// The item that it is part of is to be left out.
    item_dropped,
    /// The call has failed; `DecodeContext` has the error.
    failed,
};

/// A step of the way from the root to a value: lives on the stack, costs nothing until it is asked.
struct Place {
    enum class Kind : std::uint8_t { root, member, element, entry };
    const Place* parent = nullptr;
    Kind kind = Kind::root;
    std::string_view key;
    std::size_t index = 0;

    [[nodiscard]] std::string pointer() const;
    [[nodiscard]] std::string pattern() const;
};

/// What one call knows while it goes through a document.
class DecodeContext {
public:
    explicit DecodeContext(const DecodeOptions& options)
        : policy(options.on_drift.value_or(OnDrift::tolerant)), options_(&options) {}

    /// The policy where we are.
    OnDrift policy;
    /// Is there an item around that `item_dropped` ends at?
    bool in_item = false;

    [[nodiscard]] bool overridden() const { return options_->on_drift.has_value(); }

    /// Puts drift on record and says what is to become of the value by the policy.
    [[nodiscard]] Step drift(DriftKind kind, const Place& at, std::string_view expected,
                             http::Json found);
    /// Drift that breaks nothing: on record, and an error only where the policy is `strict`.
    [[nodiscard]] Step addition(DriftKind kind, const Place& at, std::string_view expected,
                                http::Json found);
    /// A value of the wrong type, null and of an integer too large told apart.
    [[nodiscard]] Step mismatch(const Place& at, std::string_view expected, http::Json found);
    /// What becomes of a value with drift by the policy.
    [[nodiscard]] Step verdict(const Place& at);
    /// One more element of a list or map; false: the limit is reached, the call has failed.
    [[nodiscard]] bool count_element(const Place& at);
    /// Appends the JSON text; false as `count_element`.
    [[nodiscard]] bool keep_raw(http::Json value, const Place& at, std::string& out);
    void item_discarded() { ++report_.items_discarded; }
    void value_discarded() { ++report_.values_discarded; }
    [[nodiscard]] Step fail_with(Error error);
    /// The error of a document that itself is to be left out, or that failed.
    [[nodiscard]] Error take_error();
    [[nodiscard]] DriftReport take_report() { return std::move(report_); }

private:
    [[nodiscard]] Step refuse(DriftKind kind, const Place& at, std::string_view expected,
                              http::Json found);
    void note(DriftKind kind, const Place& at, std::string_view expected, http::Json found);

    const DecodeOptions* options_;
    DriftReport report_;
    /// Of the entries, to find them again without building their patterns.
    std::vector<std::uint64_t> hashes_;
    std::optional<Error> error_;
    std::size_t elements_ = 0;
    std::size_t kept_bytes_ = 0;
};

}  // namespace apilab::data
