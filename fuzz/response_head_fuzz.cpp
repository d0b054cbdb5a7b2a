// Bytes from a server into the transport's response reader: first all at once, then in pieces whose
// size the first byte chooses. Both must understand the same answer, and neither may crash, exceed
// a limit, or take a part for the whole.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "apilab/http/headers.hpp"
#include "apilab/transport/internal/response_reader.hpp"

namespace {

using apilab::ErrorKind;
using apilab::http::Response;
using apilab::transport::internal::ResponseLimits;
using apilab::transport::internal::ResponseReader;

constexpr ResponseLimits limits{.header_bytes_max = 2048,
                                .header_count_max = 16,
                                .body_bytes_max = 4096,
                                .decode = {.decoded_bytes_max = 4096}};

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(const Response& response) {
    require(response.status() >= 200 && response.status() <= 999);
    require(response.body().size() <= limits.body_bytes_max);
    require(response.headers().size() <= limits.header_count_max);
    require(!response.headers().contains("content-length") ||
            !response.headers().contains("transfer-encoding"));
    for (const auto& [name, value] : response.headers()) {
        require(apilab::http::valid_field_name(name));
        require(apilab::http::valid_field_value(value));
    }
}

std::optional<Response> read(std::string_view bytes, std::size_t step, bool to_head) {
    ResponseReader reader(limits, {.head = to_head, .decode = true});
    apilab::Result<void> fed;
    while (!bytes.empty() && !reader.done() && fed) {
        fed = reader.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    if (fed && !reader.done()) {
        fed = reader.feed_end();
    }
    if (!fed) {
        require(fed.error().kind() == ErrorKind::protocol ||
                fed.error().kind() == ErrorKind::too_large ||
                fed.error().kind() == ErrorKind::decode);
        return std::nullopt;
    }
    require(reader.done());
    Response response = reader.take();
    check(response);
    return response;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool to_head = data[0] >= 128;
    const auto whole = read(bytes, bytes.size(), to_head);
    const auto pieces = read(bytes, 1 + data[0] % 64, to_head);
    require(whole.has_value() == pieces.has_value());
    if (whole) {
        require(whole->status() == pieces->status() && whole->reason() == pieces->reason());
        require(whole->headers() == pieces->headers() && whole->body() == pieces->body());
    }
    return 0;
}
