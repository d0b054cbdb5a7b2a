// Bytes as an entry of the cache's file, as they come and with a checksum that fits: what is read
// is written as the same bytes again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "apilab/base/digest.hpp"
#include "apilab/cache/internal/entry_format.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace apilab;
    const std::string text(reinterpret_cast<const char*>(data), size);
    (void)cache::internal::read_entry(text);
    const auto entry = "APC1" + text;
    const auto summed = entry + sha256(entry).substr(0, 16);
    if (const auto stored = cache::internal::read_entry(summed)) {
        const auto again = cache::internal::read_entry(cache::internal::write_entry(*stored));
        require(again && again->headers == stored->headers && *again->body == *stored->body);
        require(again->vary == stored->vary && again->status == stored->status);
    }
    if (const auto vary = cache::internal::read_vary(text)) {
        require(cache::internal::read_vary(cache::internal::write_vary(*vary)) == *vary);
    }
    return 0;
}
