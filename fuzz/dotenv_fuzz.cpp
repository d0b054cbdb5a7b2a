// Bytes as the text of a .env file: every entry has a name that a shell would take, the lines only
// go up, and an error never shows what stands in the file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/base/dotenv.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto entries = apilab::parse_dotenv(text);
    if (!entries) {
        require(entries.error().message().size() < 100);
        return 0;
    }
    std::size_t line = 0;
    const auto lines = 1 + static_cast<std::size_t>(std::ranges::count(text, '\n'));
    for (const auto& entry : *entries) {
        require(!entry.name.empty() && entry.name.find_first_of(" \t\n=#'\"$") == entry.name.npos);
        require(entry.line > line && entry.line <= lines);
        require(entry.value.reveal().size() <= text.size());
        line = entry.line;
    }
    return 0;
}
