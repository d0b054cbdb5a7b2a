#include "apilab/testing/call_log.hpp"

#include <cassert>

namespace apilab::testing {

const http::CallRecord& CallLog::last() const {
    assert(!calls_.empty() && "no call has finished");
    return calls_.back();
}

std::vector<std::string> CallLog::story() const {
    std::vector<std::string> sentences;
    for (const auto& decision : last().decisions) {
        sentences.push_back(http::explain(decision));
    }
    return sentences;
}

}  // namespace apilab::testing
