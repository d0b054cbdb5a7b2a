// Lines of a header section as libcurl would hand them over, then a body in pieces, then trailers:
// nothing may crash or exceed a limit, and what is taken for an answer must be one.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/http/headers.hpp"
#include "apilab/transport/internal/curl_answer.hpp"

namespace {

using apilab::ErrorKind;
using apilab::Result;
using apilab::transport::internal::CurlAnswer;
using apilab::transport::internal::ResponseLimits;

constexpr ResponseLimits limits{.header_bytes_max = 2048,
                                .header_count_max = 16,
                                .body_bytes_max = 4096,
                                .decode = {.decoded_bytes_max = 4096}};

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// The input's lines; everything after the empty one is body, `step` bytes at a time.
Result<void> feed(CurlAnswer& answer, std::string_view bytes, std::size_t step) {
    Result<void> fed;
    while (fed && !bytes.empty() && answer.head() == nullptr) {
        const auto line = bytes.substr(0, bytes.find('\n') + 1);
        fed = answer.line(line.empty() ? bytes : line);
        bytes.remove_prefix(line.empty() ? bytes.size() : line.size());
    }
    while (fed && !bytes.empty()) {
        const auto piece = bytes.substr(0, step);
        fed = answer.body(piece);
        bytes.remove_prefix(piece.size());
    }
    return fed ? answer.end() : fed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    CurlAnswer answer(limits, {.head = data[0] >= 128, .decode = true});
    if (const auto fed = feed(answer, bytes, 1 + data[0] % 64); !fed) {
        require(fed.error().kind() == ErrorKind::protocol ||
                fed.error().kind() == ErrorKind::too_large ||
                fed.error().kind() == ErrorKind::decode);
        return 0;
    }
    const auto response = answer.take();
    require(response.status() >= 200 && response.status() <= 999);
    require(response.body().size() <= limits.body_bytes_max);
    require(response.headers().size() <= limits.header_count_max);
    for (const auto& [name, value] : response.headers()) {
        require(apilab::http::valid_field_name(name));
        require(apilab::http::valid_field_value(value));
    }
    return 0;
}
