import { redirect } from '../http/answers.ts'
import { type Route, route } from '../http/call.ts'

export const pageRoutes: Route[] = [route('GET', '/', () => redirect('/demo/helpdesk'))]
