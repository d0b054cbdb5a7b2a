// Bytes as two values, a text and where it is cut: the values are not in what comes out, in pieces
// and as a whole the same comes out, and nothing is lost where nothing was found.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/base/scrubber.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::string_view take(std::string_view& rest, std::size_t size) {
    const auto piece = rest.substr(0, size);
    rest.remove_prefix(piece.size());
    return piece;
}

}  // namespace

// The first bytes: the sizes of the values, and of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) {
        return 0;
    }
    std::string_view rest(reinterpret_cast<const char*>(data) + 3, size - 3);
    const std::string first(take(rest, data[0] % 24));
    const std::string second(take(rest, data[1] % 24));
    const std::size_t step = 1 + data[2] % 16;
    apilab::Scrubber scrubber;
    scrubber.add(apilab::Secret(first));
    scrubber.add(apilab::Secret(second));
    const auto whole = scrubber.scrubbed(rest);
    for (const auto& value : {first, second}) {
        // With stars in it, what hides another may complete it.
        require(value.size() < apilab::Scrubber::value_min || value.contains('*') ||
                !whole.contains(value));
    }
    std::string streamed;
    {
        apilab::ScrubbedStream stream(scrubber, [&](std::string_view text) { streamed += text; });
        for (auto left = rest; !left.empty();) {
            stream.write(take(left, step));
        }
    }
    require(streamed == whole);
    require(!scrubber.find(rest).empty() || whole == rest);
    return 0;
}
