#include "apilab/cache/internal/entry_format.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"

namespace apilab::cache::internal {
namespace {

constexpr std::string_view magic = "APC1";
constexpr std::size_t checksum_size = 16;
// More fields than that nobody sends: a limit on what a broken number can make us reserve.
constexpr std::uint32_t fields_max = 10'000;

void put(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i, value >>= 8U) {
        out += static_cast<char>(value & 0xFFU);
    }
}
void put(std::string& out, std::string_view text) {
    put(out, text.size(), 4);
    out += text;
}

std::string checksum(std::string_view bytes) {
    return sha256(bytes).substr(0, checksum_size);
}

// Reads until something is missing; then everything is empty, and `error` says where.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t number(std::size_t size) {
        const auto part = take(size);
        std::uint64_t value = 0;
        for (std::size_t i = part.size(); i-- > 0;) {
            value = (value << 8U) | static_cast<unsigned char>(part[i]);
        }
        return value;
    }
    std::string_view text() { return take(number(4)); }
    std::uint32_t count() {
        const auto value = number(4);
        if (value > fields_max) {
            broken_ = true;
        }
        return broken_ ? 0 : static_cast<std::uint32_t>(value);
    }
    [[nodiscard]] bool ok() const { return !broken_; }
    [[nodiscard]] Result<void> check(std::string_view what) const {
        if (broken_ || at_ != bytes_.size()) {
            return fail(
                ErrorKind::decode,
                fmt::format("{}: {} at byte {}", what,
                            broken_ ? "cut off or a wrong length" : "something follows", at_));
        }
        return {};
    }

private:
    std::string_view take(std::size_t size) {
        if (broken_ || size > bytes_.size() - at_) {
            broken_ = true;
            return {};
        }
        const auto part = bytes_.substr(at_, size);
        at_ += size;
        return part;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

std::vector<VaryField> take_vary(Reader& reader) {
    std::vector<VaryField> vary;
    for (auto left = reader.count(); left > 0 && reader.ok(); --left) {
        VaryField field;
        field.first = reader.text();
        if (reader.number(1) == 1) {
            field.second = std::string(reader.text());
        }
        vary.push_back(std::move(field));
    }
    return vary;
}

}  // namespace

std::string write_vary(const std::vector<VaryField>& vary) {
    std::string out;
    put(out, vary.size(), 4);
    for (const auto& [name, value] : vary) {
        put(out, name);
        put(out, value ? 1 : 0, 1);
        if (value) {
            put(out, *value);
        }
    }
    return out;
}

Result<std::vector<VaryField>> read_vary(std::string_view bytes) {
    Reader reader(bytes);
    auto vary = take_vary(reader);
    APILAB_CHECK(reader.check("vary"));
    return vary;
}

std::string write_entry(const StoredResponse& stored) {
    std::string out(magic);
    out.reserve(stored.size());
    put(out, static_cast<std::uint64_t>(stored.status), 4);
    put(out, static_cast<std::uint64_t>(stored.requested.time_since_epoch().count()), 8);
    put(out, static_cast<std::uint64_t>(stored.answered.time_since_epoch().count()), 8);
    put(out, stored.reason);
    put(out, stored.decoded_from);
    put(out, stored.headers.size(), 4);
    for (const auto& [name, value] : stored.headers) {
        put(out, name);
        put(out, value);
    }
    out += write_vary(stored.vary);
    put(out, *stored.body);
    return out + checksum(out);
}

Result<StoredResponse> read_entry(std::string_view bytes) {
    if (bytes.size() > entry_size_max || bytes.size() < magic.size() + checksum_size ||
        !bytes.starts_with(magic)) {
        return fail(ErrorKind::decode, "entry: does not begin with APC1, or its size is wrong");
    }
    const auto said = bytes.substr(bytes.size() - checksum_size);
    bytes.remove_suffix(checksum_size);
    if (checksum(bytes) != said) {
        return fail(ErrorKind::decode, "entry: the checksum does not fit");
    }
    bytes.remove_prefix(magic.size());
    Reader reader(bytes);
    const auto time = [&] {
        return SystemTime(Duration(static_cast<std::int64_t>(reader.number(8))));
    };
    StoredResponse stored;
    stored.status = static_cast<int>(reader.number(4));
    stored.requested = time();
    stored.answered = time();
    stored.reason = reader.text();
    stored.decoded_from = reader.text();
    for (auto left = reader.count(); left > 0 && reader.ok(); --left) {
        std::string name(reader.text());
        stored.headers.add(std::move(name), std::string(reader.text()));
    }
    stored.vary = take_vary(reader);
    stored.body = std::make_shared<const std::string>(reader.text());
    APILAB_CHECK(reader.check("entry"));
    if (stored.status < 200 || stored.status > 999) {
        return fail(ErrorKind::decode, fmt::format("entry: status {}", stored.status));
    }
    return stored;
}

}  // namespace apilab::cache::internal
