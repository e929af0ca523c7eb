#include "net/openssl.hpp"

#include <array>

#include <openssl/bn.h>
#include <openssl/err.h>

namespace byzgate::ossl {

std::string take_error() {
    const auto code = ERR_peek_error();
    ERR_clear_error();
    if (code == 0) {
        return "no reason given";
    }
    const char* reason = ERR_reason_error_string(code);
    if (reason != nullptr) {
        return reason;
    }
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

namespace {

long forget_errors(BIO* bio, int operation, const char* /*bytes*/, std::size_t /*size*/, int /*i*/,
                   long /*l*/, int result, std::size_t* /*done*/) {
    if ((operation == BIO_CB_READ || operation == BIO_CB_WRITE)
        && BIO_method_type(bio) == BIO_TYPE_SOCKET) {
        ERR_clear_error();
    }
    return result;
}

void watch_bio(void* bio, void* /*value*/, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argl*/,
               void* /*argp*/) {
    BIO_set_callback_ex(static_cast<BIO*>(bio), forget_errors);
}

} // namespace

void forget_errors_at_sockets() {
    // Called for every BIO that is made: the one place where a library's own can be reached.
    [[maybe_unused]] static const int once =
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_BIO, 0, nullptr, watch_bio, nullptr, nullptr);
}

std::string text_of(const ASN1_INTEGER* number) {
    const owned<BIGNUM, BN_free> value{ASN1_INTEGER_to_BN(number, nullptr)};
    char* const digits = value ? BN_bn2hex(value.get()) : nullptr;
    const std::string text = digits == nullptr ? std::string{} : digits;
    OPENSSL_free(digits);
    return text;
}

std::string serial_of(X509* certificate) {
    return text_of(X509_get0_serialNumber(certificate));
}

std::string only_name_of(X509* certificate) {
    const names all{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    if (!all || sk_GENERAL_NAME_num(all.get()) != 1) {
        return {};
    }
    const auto* only = sk_GENERAL_NAME_value(all.get(), 0);
    if (only->type != GEN_DNS) {
        return {};
    }
    const auto* text = only->d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

} // namespace byzgate::ossl
