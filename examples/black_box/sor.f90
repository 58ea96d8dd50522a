! SPDX-License-Identifier: Apache-2.0
!
! Successive over-relaxation for A x = b with a symmetric A, as numerical textbooks print it. It knows nothing of metasolve.
!   a(n, n), b(n)  the system; no diagonal entry is zero
!   x(n)           in: a guess; out: the last iterate
!   omega          relaxation factor, between 0 and 2
!   tol            ends when the norm of the residuals met in a sweep is at most tol times the norm of b
!   max_iter       limit of the sweeps
!   iterations     sweeps made
!   converged      whether the last of them met tol
subroutine sor(n, a, b, x, omega, tol, max_iter, iterations, converged)
  implicit none
  integer, intent(in) :: n, max_iter
  double precision, intent(in) :: a(n, n), b(n), omega, tol
  double precision, intent(inout) :: x(n)
  integer, intent(out) :: iterations
  logical, intent(out) :: converged
  double precision :: residual, total, least
  integer :: i

  least = tol * sqrt(sum(b**2))
  converged = .false.
  do iterations = 1, max_iter
    total = 0
    do i = 1, n
      residual = b(i) - dot_product(a(:, i), x)  ! the row i of A, whose column lies together in memory
      x(i) = x(i) + omega * residual / a(i, i)
      total = total + residual**2
    end do
    converged = sqrt(total) <= least
    if (converged) return
  end do
  iterations = max_iter
end subroutine sor
