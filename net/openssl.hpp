/// OpenSSL's objects as values that free themselves, and its errors as text.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace byzgate::ossl {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* p) const {
        Free(p);
    }
};
template <class T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

using bio = owned<BIO, BIO_free_all>;
using key = owned<EVP_PKEY, EVP_PKEY_free>;
using certificate = owned<X509, X509_free>;
using revocations = owned<X509_CRL, X509_CRL_free>;
using context = owned<SSL_CTX, SSL_CTX_free>;
using connection = owned<SSL, SSL_free>;
using names = owned<GENERAL_NAMES, GENERAL_NAMES_free>;

/// The thread's first error as text; all of them are cleared. Each call that may fail clears them
/// before as well: links share a thread, and one's error must not end another.
[[nodiscard]] std::string take_error();
/// For connections of a library that doesn't (CAF's): from here on whatever OpenSSL itself reads
/// from or writes to a socket, in the whole process, forgets the thread's older errors first. Else
/// one peer's end leaves an error that is taken for one of every other connection.
void forget_errors_at_sockets();

/// In capital hexadecimal digits.
[[nodiscard]] std::string text_of(const ASN1_INTEGER* number);
[[nodiscard]] std::string serial_of(X509* certificate);

/// The only name in a certificate's subjectAltName, byte by byte; empty if there is none, several
/// or one that is no DNS name.
[[nodiscard]] std::string only_name_of(X509* certificate);

} // namespace byzgate::ossl
