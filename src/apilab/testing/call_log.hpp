#pragma once

#include <string>
#include <vector>

#include "apilab/http/record.hpp"

namespace apilab::testing {

/// Keeps every finished call, for assertions on what was decided.
class CallLog final : public http::Observer {
public:
    void on_call(const http::CallRecord& call) override { calls_.push_back(call); }

    [[nodiscard]] const std::vector<http::CallRecord>& calls() const { return calls_; }
    /// The last call; asserts that there is one.
    [[nodiscard]] const http::CallRecord& last() const;
    /// The decisions of the last call as sentences.
    [[nodiscard]] std::vector<std::string> story() const;

private:
    std::vector<http::CallRecord> calls_;
};

}  // namespace apilab::testing
