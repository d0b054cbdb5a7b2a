#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::transport {
namespace {

Result<void> in_range(std::string_view name, std::uint64_t value, std::uint64_t low,
                      std::uint64_t high) {
    if (value >= low && value <= high) {
        return {};
    }
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("{} is {}; allowed are {} to {}", name, value, low, high))
                    .with_detail(std::string(name)));
}

Result<void> not_negative(std::string_view name, Duration value) {
    if (value >= Duration::zero()) {
        return {};
    }
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{} is negative", name))
                    .with_detail(std::string(name)));
}

}  // namespace

Result<void> AsioTransportOptions::validate() const {
    constexpr std::uint64_t many = std::uint64_t{1} << 40;
    constexpr std::uint64_t header_max = std::uint64_t{16} * 1024 * 1024;
    APILAB_CHECK(in_range("connections_per_origin", connections_per_origin, 1, 10'000));
    APILAB_CHECK(in_range("connections_total", connections_total, 1, 100'000));
    APILAB_CHECK(in_range("waiting_max", waiting_max, 0, 1'000'000));
    APILAB_CHECK(in_range("header_bytes_max", header_bytes_max, 256, header_max));
    APILAB_CHECK(in_range("header_count_max", header_count_max, 1, 1'000'000));
    APILAB_CHECK(in_range("body_bytes_max", body_bytes_max, 0, many));
    APILAB_CHECK(in_range("upload_bytes_max", upload_bytes_max, 1, many));
    APILAB_CHECK(not_negative("continue_wait", continue_wait));
    if (continue_wait > std::chrono::seconds(60)) {
        return fail(Error(ErrorKind::invalid_argument, "continue_wait exceeds 60 s")
                        .with_detail("continue_wait"));
    }
    if (connection_attempt_delay < std::chrono::milliseconds(10) ||
        connection_attempt_delay > std::chrono::seconds(2)) {
        return fail(Error(ErrorKind::invalid_argument,
                          "connection_attempt_delay is not within 10 ms to 2 s")
                        .with_detail("connection_attempt_delay"));
    }
    APILAB_CHECK(in_range("pinned_keys", pinned_keys.size(), 0, 100));
    APILAB_CHECK(in_range("tls_sessions_max", tls_sessions_max, 0, 10'000));
    if (client_certificate.empty() != client_key.empty()) {
        return fail(Error(ErrorKind::invalid_argument,
                          "client_certificate and client_key go together; one of them is empty")
                        .with_detail("client_certificate"));
    }
    APILAB_CHECK(decode_limits.validate());
    if (!http::valid_field_value(user_agent)) {
        return fail(Error(ErrorKind::invalid_argument, "user_agent holds CR, LF or NUL")
                        .with_detail("user_agent"));
    }
    APILAB_CHECK(not_negative("idle_keep_alive", idle_keep_alive));
    APILAB_CHECK(not_negative("connection_lifetime", connection_lifetime));
    return {};
}

}  // namespace apilab::transport
