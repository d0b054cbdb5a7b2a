#pragma once

#include <libpq-fe.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/work/internal/store_checks.hpp"

namespace apilab::work::internal {

/// What a statement is given, in the protocol's binary form: nothing of it is ever part of a
/// statement's text. Texts and bytes are not copied: they outlive the call.
class PostgresParameters {
public:
    PostgresParameters() = default;
    PostgresParameters(const PostgresParameters&) = delete;
    PostgresParameters& operator=(const PostgresParameters&) = delete;
    ~PostgresParameters() = default;

    PostgresParameters& integer(std::int64_t value);
    PostgresParameters& integer(std::optional<std::int64_t> value);
    PostgresParameters& time(SystemTime value) { return integer(to_ms(value)); }
    PostgresParameters& time(std::optional<SystemTime> value);
    PostgresParameters& boolean(bool value);
    PostgresParameters& bytes(std::string_view value);
    PostgresParameters& null_bytes();
    /// Of names that were checked, and of filters: what PostgreSQL's `text` cannot hold (NUL,
    /// broken UTF-8) becomes a text that no name is.
    PostgresParameters& text(std::string_view value);
    PostgresParameters& integers(const std::vector<std::int64_t>& values);

    [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
    [[nodiscard]] const Oid* types() const { return types_.data(); }
    [[nodiscard]] const char* const* values() const { return values_.data(); }
    [[nodiscard]] const int* lengths() const { return lengths_.data(); }
    [[nodiscard]] const int* formats() const { return formats_.data(); }

private:
    PostgresParameters& add(Oid type, std::string_view value, int format);
    PostgresParameters& own(Oid type, std::string value, int format);

    std::vector<Oid> types_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    // A deque leaves its elements where they are.
    std::deque<std::string> owned_;
};

/// The answer to a statement, in binary form.
class PostgresRows {
public:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using Answer = std::unique_ptr<PGresult, Clear>;
    explicit PostgresRows(Answer answer) : answer_(std::move(answer)) {}

    [[nodiscard]] int size() const { return PQntuples(answer_.get()); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// How many rows a statement without RETURNING changed.
    [[nodiscard]] std::int64_t changed() const;

    /// Reads a row's columns one after another.
    class Reader {
    public:
        Reader(PGresult* answer, int row) : answer_(answer), row_(row) {}
        [[nodiscard]] std::int64_t integer() { return maybe_integer().value_or(0); }
        [[nodiscard]] int small() { return static_cast<int>(integer()); }
        [[nodiscard]] std::optional<std::int64_t> maybe_integer();
        [[nodiscard]] SystemTime time() { return from_ms(integer()); }
        [[nodiscard]] std::optional<SystemTime> maybe_time();
        [[nodiscard]] bool boolean() { return !view().empty() && last_.front() != '\0'; }
        /// Text or bytes; empty for NULL.
        [[nodiscard]] std::string bytes() { return std::string(view()); }
        /// Until the rows go.
        [[nodiscard]] std::string_view view();

    private:
        PGresult* answer_;
        int row_;
        int column_ = 0;
        std::string_view last_;
    };
    [[nodiscard]] Reader row(int index) const { return {answer_.get(), index}; }

private:
    Answer answer_;
};

}  // namespace apilab::work::internal
