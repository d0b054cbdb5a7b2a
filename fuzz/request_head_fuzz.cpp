// Bytes from a peer into the server's request reader: first all at once, then in pieces whose size
// the first byte chooses. Both must tell the same story, and neither may crash or exceed a limit.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/headers.hpp"
#include "apilab/server/internal/request_reader.hpp"

namespace {

using apilab::server::internal::ReaderLimits;
using apilab::server::internal::RequestReader;
using State = RequestReader::State;

constexpr ReaderLimits limits{
    .header_bytes_max = 2048, .header_count_max = 16, .body_bytes_max = 4096};

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void take_requests(RequestReader& reader, std::string& story) {
    while (reader.state() == State::complete) {
        const bool keep = reader.keep_alive();
        const auto request = reader.take();
        require(request.body().size() <= limits.body_bytes_max);
        require(request.headers().size() <= limits.header_count_max);
        require(!request.method().empty() && request.url().path().starts_with('/'));
        story += request.method() + " " + request.url().to_string() + "\n";
        for (const auto& [name, value] : request.headers()) {
            require(apilab::http::valid_field_name(name));
            require(apilab::http::valid_field_value(value));
            story += name + ": " + value + "\n";
        }
        story += request.body() + (keep ? "\nkeep\n" : "\nclose\n");
        reader.next();
    }
}

std::string read(std::string_view bytes, std::size_t step) {
    RequestReader reader(limits, "http", "127.0.0.1:80");
    std::string story;
    while (!bytes.empty() && reader.state() != State::refused) {
        reader.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        take_requests(reader, story);
    }
    // A limit may be met a few bytes earlier or later, a malformed byte be seen sooner in one
    // piece: what was understood before must be the same, the status of the refusal need not be.
    return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string whole = read(bytes, bytes.size());
    const std::string pieces = read(bytes, 1 + data[0] % 64);
    require(whole == pieces);
    return 0;
}
