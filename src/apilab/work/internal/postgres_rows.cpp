#include "apilab/work/internal/postgres_rows.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include "apilab/base/utf8.hpp"

namespace apilab::work::internal {
namespace {

// Of pg_type.dat; they never change.
constexpr Oid type_boolean = 16;
constexpr Oid type_bytea = 17;
constexpr Oid type_bigint = 20;
constexpr Oid type_text = 25;
constexpr Oid type_bigints = 1016;

constexpr int as_text = 0;
constexpr int as_binary = 1;

std::string big_endian(std::int64_t value) {
    auto bits = static_cast<std::uint64_t>(value);
    if constexpr (std::endian::native == std::endian::little) {
        bits = std::byteswap(bits);
    }
    std::string bytes(sizeof bits, '\0');
    std::memcpy(bytes.data(), &bits, sizeof bits);
    return bytes;
}

}  // namespace

PostgresParameters& PostgresParameters::add(Oid type, std::string_view value, int format) {
    types_.push_back(type);
    // A null pointer would be NULL.
    values_.push_back(value.data() == nullptr ? "" : value.data());
    lengths_.push_back(static_cast<int>(value.size()));
    formats_.push_back(format);
    return *this;
}

PostgresParameters& PostgresParameters::own(Oid type, std::string value, int format) {
    return add(type, owned_.emplace_back(std::move(value)), format);
}

PostgresParameters& PostgresParameters::integer(std::int64_t value) {
    return own(type_bigint, big_endian(value), as_binary);
}

PostgresParameters& PostgresParameters::integer(std::optional<std::int64_t> value) {
    if (value) {
        return integer(*value);
    }
    add(type_bigint, {}, as_binary);
    values_.back() = nullptr;
    return *this;
}

PostgresParameters& PostgresParameters::time(std::optional<SystemTime> value) {
    return integer(value ? std::optional(to_ms(*value)) : std::nullopt);
}

PostgresParameters& PostgresParameters::boolean(bool value) {
    return own(type_boolean, std::string(1, value ? '\1' : '\0'), as_binary);
}

PostgresParameters& PostgresParameters::bytes(std::string_view value) {
    return add(type_bytea, value, as_binary);
}

PostgresParameters& PostgresParameters::null_bytes() {
    add(type_bytea, {}, as_binary);
    values_.back() = nullptr;
    return *this;
}

PostgresParameters& PostgresParameters::text(std::string_view value) {
    const bool fits = valid_utf8(value) && value.find('\0') == std::string_view::npos;
    return add(type_text, fits ? value : std::string_view("?"), as_binary);
}

PostgresParameters& PostgresParameters::integers(const std::vector<std::int64_t>& values) {
    std::string all = "{";
    for (const std::int64_t value : values) {
        if (all.size() > 1) {
            all += ',';
        }
        all += std::to_string(value);
    }
    all += '}';
    // In text form the end is a NUL, which a std::string has.
    return own(type_bigints, std::move(all), as_text);
}

std::int64_t PostgresRows::changed() const {
    const std::string_view count = PQcmdTuples(answer_.get());
    std::int64_t value = 0;
    std::from_chars(count.data(), count.data() + count.size(), value);
    return value;
}

std::string_view PostgresRows::Reader::view() {
    const int column = column_++;
    const auto size = static_cast<std::size_t>(PQgetlength(answer_, row_, column));
    last_ = {PQgetvalue(answer_, row_, column), size};
    return last_;
}

std::optional<std::int64_t> PostgresRows::Reader::maybe_integer() {
    const std::string_view bytes = view();
    std::uint64_t bits = 0;
    if (bytes.size() != sizeof bits) {
        return std::nullopt;
    }
    std::memcpy(&bits, bytes.data(), sizeof bits);
    if constexpr (std::endian::native == std::endian::little) {
        bits = std::byteswap(bits);
    }
    return static_cast<std::int64_t>(bits);
}

std::optional<SystemTime> PostgresRows::Reader::maybe_time() {
    const auto value = maybe_integer();
    return value ? std::optional(from_ms(*value)) : std::nullopt;
}

}  // namespace apilab::work::internal
