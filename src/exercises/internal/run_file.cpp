#include "internal/run_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "apilab/base/digest.hpp"
#include "apilab/base/secret.hpp"

namespace exercise::internal {
namespace {

struct Request {
    std::string file;
    std::string key;
};

Request& asked() {
    static Request request;
    return request;
}

// The value, and nothing of it is left: neither for `getenv` nor in /proc/self/environ.
std::string take(const char* name) {
    char* const value = std::getenv(name);
    if (value == nullptr) {
        return {};
    }
    std::string text = value;
    std::fill_n(value, std::strlen(value), 'x');
    ::unsetenv(name);
    return text;
}

}  // namespace

// The one thing here that happens before main: a program that could read the key could sign what it
// likes. 101 is the first that is free to use; the name is what programs of my/ are linked with.
extern "C" [[gnu::constructor(101)]] void exercise_take_what_was_asked() {
    asked() = {.file = take("APILAB_RUNS"), .key = take("APILAB_RUNS_KEY")};
}

void hand_over_runs(std::string_view runs_json) {
    if (asked().file.empty()) {
        return;
    }
    if (runs_json.ends_with('\n')) {
        runs_json.remove_suffix(1);
    }
    std::ofstream(asked().file) << runs_json << "\nhmac-sha256 "
                                << apilab::to_hex(
                                       apilab::hmac_sha256(apilab::Secret(asked().key), runs_json))
                                << '\n';
}

}  // namespace exercise::internal
