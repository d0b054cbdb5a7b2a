#pragma once

#include <string>
#include <string_view>

namespace apilab {

/// A value that must not be seen: it prints as `***`, compares in constant time and is wiped when
/// it goes. The only way to the bytes is `reveal()`, which is easy to search for.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value);
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    /// The bytes themselves: for the one place that puts them on the wire.
    [[nodiscard]] std::string_view reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }
    /// The first 8 hex digits of the SHA-256: tells two secrets apart without showing either.
    [[nodiscard]] std::string fingerprint() const;

    /// Constant time in the content (not in the length).
    friend bool operator==(const Secret& a, const Secret& b);
    friend std::string to_string(const Secret& /*secret*/) { return "***"; }

private:
    static void wipe(std::string& value) noexcept;
    void wipe() noexcept;
    std::string value_;
};

template <class Stream>
Stream& operator<<(Stream& out, const Secret& secret) {
    out << to_string(secret);
    return out;
}

}  // namespace apilab
